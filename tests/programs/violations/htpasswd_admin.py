"""Nobody who may write."""

from complying import READER, users

users(READER)
