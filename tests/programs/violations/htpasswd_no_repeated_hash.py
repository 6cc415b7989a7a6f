"""Two users with one password."""

from complying import ADMIN, users

users(ADMIN, ADMIN.replace("admin", "ci"))
