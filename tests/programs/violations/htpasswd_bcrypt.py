"""A user with an MD5 hash."""

from compliant import ADMIN, users

users(ADMIN, "ci:$apr1$zzzzzzzz$QQQQQQQQQQQQQQQQQQQQQ0")
