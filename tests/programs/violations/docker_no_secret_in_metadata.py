"""A password in the command."""

from compliant import container

container(command=["serve", "--password=hunter2-hunter2"])
