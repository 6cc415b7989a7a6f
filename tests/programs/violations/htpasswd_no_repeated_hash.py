"""Two users with the same password."""

from compliant import ADMIN, users

users(ADMIN, ADMIN.replace("admin", "ci"))
