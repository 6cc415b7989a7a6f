"""A user admin with the password admin."""

import bcrypt
from compliant import users

users("admin:" + bcrypt.hashpw(b"admin", b"$2b$05$CCCCCCCCCCCCCCCCCCCCC.").decode())
