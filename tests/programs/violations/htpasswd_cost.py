"""A hash with a low bcrypt cost."""

from compliant import ADMIN, READER, users

users(ADMIN, READER.replace("$05$", "$04$"))
