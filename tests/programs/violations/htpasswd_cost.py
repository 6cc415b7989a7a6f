"""A user whose hash costs next to nothing to guess."""

from complying import ADMIN, READER, users

users(ADMIN, READER.replace("$05$", "$04$"))
