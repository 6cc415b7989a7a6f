"""An admin whose password is admin."""

import bcrypt
from complying import users

users("admin:" + bcrypt.hashpw(b"admin", b"$2b$05$CCCCCCCCCCCCCCCCCCCCC.").decode())
