"""An htpasswd file without the user with write access."""

from compliant import READER, users

users(READER)
