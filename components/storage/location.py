"""Location of packs: comparable, and stored as JSON in a label and in the component's inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from components.settings import Storage, StorageKind

FILESYSTEM_KINDS = (StorageKind.VOLUME, StorageKind.PATH, StorageKind.NFS, StorageKind.CIFS)
"""Kinds of storage that the server sees as a mounted directory."""

_DIRECTORIES = {"oci": "the OCI registry directory", "zot": "zot's directory"}


@dataclass(frozen=True)
class StorageLocation:
    """Location of packs. Two locations are equal if they hold the same packs."""

    kind: StorageKind
    name: str = ""
    """Name of the volume."""
    path: str = ""
    """Directory of the Docker host."""
    server: str = ""
    """Host of an NFS or SMB server, or the URL of an S3 server other than Amazon's."""
    export: str = ""
    """Exported directory of an NFS server."""
    share: str = ""
    """Share of an SMB server."""
    bucket: str = ""
    prefix: str = ""
    """Path in the bucket."""
    flavor: str = ""
    """`oci` if packs are in CNCF Distribution's directory of an OCI registry, `zot` if they are in
    zot's. In a bucket, CNCF Distribution has one directory for both flavors."""

    @classmethod
    def of(cls, storage: Storage, volume: str, pack_format: str) -> StorageLocation:
        """Return the location of a registry's packs.

        :param volume: the name of the data volume, for storage of kind volume.
        :param pack_format: how the server stores packs (``Settings.pack_format``).
        """
        kind = storage.kind
        has_directory = kind in FILESYSTEM_KINDS or pack_format == "zot"
        location = cls(kind, flavor=pack_format if has_directory else "")
        match kind:
            case StorageKind.VOLUME:
                return replace(location, name=volume)
            case StorageKind.PATH:
                return replace(location, path=storage.path)
            case StorageKind.NFS:
                return replace(location, server=storage.nfs.server, export=storage.nfs.export)
            case StorageKind.CIFS:
                return replace(location, server=storage.cifs.server, share=storage.cifs.share)
            case StorageKind.S3:
                s3 = storage.s3
                return replace(location, server=s3.endpoint, bucket=s3.bucket, prefix=s3.prefix)
            case StorageKind.MEMORY:
                return location

    @classmethod
    def from_dict(cls, fields: Mapping[str, str]) -> StorageLocation:
        """Read what ``to_dict`` returned.

        :raises ValueError: if it is not a location.
        """
        try:
            return cls(**{**fields, "kind": StorageKind(fields["kind"])})  # type: ignore[arg-type]
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a storage location: {error}") from None

    def to_dict(self) -> dict[str, str]:
        """Return the fields that are set."""
        return {name: str(value) for name, value in asdict(self).items() if value}

    @classmethod
    def from_label(cls, label: str) -> StorageLocation:
        """Read what ``to_label`` returned.

        :raises ValueError: if it is not a location.
        """
        fields = json.loads(label)
        if not isinstance(fields, dict):
            raise ValueError("not a storage location: not an object")
        return cls.from_dict(fields)

    def to_label(self) -> str:
        """Return the location as compact JSON with sorted keys."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))

    @property
    def holder(self) -> StorageLocation:
        """The volume, directory or bucket, without the flavor's subdirectory."""
        return replace(self, flavor="")

    def is_of_other_server(self, previous: StorageLocation) -> bool:
        """Return whether the packs stay in one place, and the other server of an OCI registry runs.

        :param previous: the location until now.
        """
        return {previous.flavor, self.flavor} == {"oci", "zot"} and previous.holder == self.holder

    def is_other_part_of_bucket(self, previous: StorageLocation) -> bool:
        """Return whether both locations are in one bucket, and a server sees the packs of one.

        :param previous: the location until now.
        """
        is_same_bucket = self.kind is StorageKind.S3 and previous.holder == self.holder
        return is_same_bucket and previous != self

    def __str__(self) -> str:
        """Describe the location for a message."""
        match self.kind:
            case StorageKind.VOLUME:
                place = f"the volume {self.name}"
            case StorageKind.PATH:
                place = f"the directory {self.path}"
            case StorageKind.NFS:
                place = f"the export {self.export} of {self.server}"
            case StorageKind.CIFS:
                place = f"the share {self.share} of {self.server}"
            case StorageKind.S3:
                place = "the bucket " + "/".join(filter(None, [self.bucket, self.prefix]))
                place += f" of {self.server}" if self.server else ""
            case StorageKind.MEMORY:
                place = "the server's memory"
        return f"{_DIRECTORIES[self.flavor]} in {place}" if self.flavor in _DIRECTORIES else place
