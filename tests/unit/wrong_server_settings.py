"""Wrong settings of storage, certificates, the server itself and its host, each with the sentences that tell them."""

from __future__ import annotations

from typing import Any

from tests.unit.wrong_settings import NAMES

ONCE = ", and a port is published once on each address; name 0.0.0.0 for all of IPv4, :: for all of IPv6, or single addresses"
NO_PEM = "the text is no certificate in PEM; allowed is one or more blocks that start with -----BEGIN CERTIFICATE-----"

WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "bindAddresses name": (
        {"bindAddresses": ["eth0"]},
        [
            "bindAddresses[0]: eth0 is not allowed; allowed are IP addresses of the Docker host, for example 10.10.0.5"
        ],
    ),
    "bindAddresses text": (
        {"bindAddresses": "10.10.0.5"},
        [
            'bindAddresses: 10.10.0.5 is not allowed; allowed is a list of IP addresses of the Docker host, for example ["10.10.0.5", "fd00::5"]'
        ],
    ),
    "bindAddresses beside all": (
        {"bindAddresses": ["10.10.0.5"]},
        [f"bindAddresses[0]: 10.10.0.5 overlaps 0.0.0.0{ONCE}"],
    ),
    "bindAddresses twice": (
        {"bindAddress": "10.10.0.4", "bindAddresses": ["10.10.0.5", "10.10.0.5"]},
        [f"bindAddresses[1]: 10.10.0.5 overlaps 10.10.0.5{ONCE}"],
    ),
    "bindAddresses all beside one": (
        {"bindAddress": "127.0.0.1", "bindAddresses": ["0.0.0.0"]},
        [f"bindAddresses[0]: 0.0.0.0 overlaps 127.0.0.1{ONCE}"],
    ),
    "bindAddresses beside all of IPv6": (
        {"bindAddress": "::", "bindAddresses": ["10.10.0.5", "fd00::5"]},
        [f"bindAddresses[1]: fd00::5 overlaps ::{ONCE}"],
    ),
    "networks empty name": (
        {"networks": [""]},
        [
            'networks[0]: "" is not allowed; allowed are Docker networks\' names of up to 128 letters, digits, dots, underscores and dashes, no dot or dash first, for example backend'
        ],
    ),
    "networks of more than 128": (
        {"networks": ["n" * 129]},
        [
            f"networks[0]: {'n' * 77}... is not allowed; allowed are Docker networks' names of up to 128 letters, digits, dots, underscores and dashes, no dot or dash first, for example backend"
        ],
    ),
    "networks with a slash": (
        {"networks": ["back/end"]},
        [
            "networks[0]: back/end is not allowed; allowed are Docker networks' names of up to 128 letters, digits, dots, underscores and dashes, no dot or dash first, for example backend"
        ],
    ),
    "networks text": (
        {"networks": "backend"},
        [
            'networks: backend is not allowed; allowed is a list of Docker networks\' names of up to 128 letters, digits, dots, underscores and dashes, no dot or dash first, for example ["backend"]'
        ],
    ),
    "publicEndpoint without scheme": (
        {"publicEndpoint": "packs.example.com"},
        [
            "publicEndpoint: packs.example.com is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
        ],
    ),
    "publicEndpoint ftp": (
        {"publicEndpoint": "ftp://packs.example.com"},
        [
            "publicEndpoint: ftp://packs.example.com is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
        ],
    ),
    "publicEndpoint with password": (
        {"publicEndpoint": "https://me:secret@packs.example.com"},
        [
            "publicEndpoint: https://…@packs.example.com is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
        ],
    ),
    **{
        f"publicEndpoint {what}": (
            {"publicEndpoint": written},
            [
                f"publicEndpoint: {shown} is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
            ],
        )
        for what, written, shown in (
            (
                "with a password alone",
                "https://:MARKER@packs.example.com",
                "https://…@packs.example.com",
            ),
            (
                "with nothing before an @",
                "https://@packs.example.com",
                "https://…@packs.example.com",
            ),
            ("with a blank", "https://packs.example.com/a b", "https://packs.example.com/a b"),
            (
                "with a blank at its end",
                "https://packs.example.com ",
                '"https://packs.example.com "',
            ),
            ("with a tab", "https://packs.example.com/\ta", '"https://packs.example.com/\\ta"'),
            (
                "with a wide blank",
                "https://packs.example.com/\u3000",
                '"https://packs.example.com/\\u3000"',
            ),
            ("with an empty query", "https://packs.example.com?", "https://packs.example.com?"),
            ("with an empty fragment", "https://packs.example.com#", "https://packs.example.com#"),
        )
    },
    "publicEndpoint port": (
        {"publicEndpoint": "https://packs.example.com:99999"},
        [
            "publicEndpoint: https://packs.example.com:99999 is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
        ],
    ),
    "publicEndpoint query": (
        {"publicEndpoint": "https://packs.example.com/?a=b"},
        [
            "publicEndpoint: https://packs.example.com/?… is not allowed; allowed is an http:// or https:// URL, for example https://packs.example.com"
        ],
    ),
    "dockerCertPath relative": (
        {"dockerHost": "tcp://10.0.0.5:2376", "dockerCertPath": "certs"},
        [
            "dockerCertPath: certs is not allowed; allowed is an absolute path, or one that starts with ~, for example ~/.docker/registry-host"
        ],
    ),
    "dockerCertPath without host": (
        {"dockerCertPath": "/etc/docker-certs"},
        [
            "dockerCertPath is set, but dockerHost is not set; certificates belong to a tcp:// host, for example tcp://10.0.0.5:2376"
        ],
    ),
    "dockerCertPath over ssh": (
        {"dockerHost": "ssh://ops@10.0.0.5", "dockerCertPath": "/etc/docker-certs"},
        [
            "dockerCertPath is set, but dockerHost is ssh://ops@10.0.0.5; certificates belong to a tcp:// host, for example tcp://10.0.0.5:2376"
        ],
    ),
    "earlyRenewalHours negative": (
        {"tls": {"earlyRenewalHours": -1}},
        [
            "tls.earlyRenewalHours: -1 is not allowed; allowed is a whole number of hours from 0 to 87600, for example 2160"
        ],
    ),
    "earlyRenewalHours text": (
        {"tls": {"earlyRenewalHours": "a month"}},
        [
            "tls.earlyRenewalHours: a month is not allowed; allowed is a whole number of hours from 0 to 87600, for example 2160"
        ],
    ),
    "earlyRenewalHours as long as the certificate": (
        {"tls": {"validityDays": 10, "earlyRenewalHours": 240}},
        [
            "tls.earlyRenewalHours: 240 hours are all the time that the certificate is valid (10 days), and every update would renew it; allowed is 0 to 239, for example 80"
        ],
    ),
    "earlyRenewalHours of a provided certificate": (
        {"tls": {"mode": "off", "earlyRenewalHours": 24}},
        [
            "tls.earlyRenewalHours is set, but tls.mode is off and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it"
        ],
    ),
    "ca text": (
        {"tls": {"mode": "private-ca", "ca": "generate"}},
        [
            'tls.ca: a text is not allowed; allowed is a group of settings: certificatePem, privateKeyPem, validityDays; for example {"certificatePem": "-----BEGIN CERTIFICATE-----…"}'
        ],
    ),
    "ca without its mode": (
        {"tls": {"ca": {"validityDays": 3650}}},
        [
            "tls.ca is set, but tls.mode is self-signed and would ignore it; it belongs to tls.mode private-ca: set that, or remove it"
        ],
    ),
    "ca validityDays": (
        {"tls": {"mode": "private-ca", "ca": {"validityDays": 0}}},
        [
            "tls.ca.validityDays: 0 is not allowed; allowed is a whole number of days from 1 to 7300, for example 7300"
        ],
    ),
    "ca no longer than the certificate": (
        {"tls": {"mode": "private-ca", "validityDays": 3650, "ca": {"validityDays": 3650}}},
        [
            "tls.validityDays: 3650 days are no less than the authority is valid (3650); set tls.ca.validityDays to more, for example 7300"
        ],
    ),
    "ca certificate without key": (
        {"tls": {"mode": "private-ca", "ca": {"certificatePem": "-----BEGIN CERTIFICATE-----"}}},
        [
            "tls.ca.privateKeyPem is not set; an authority of your own needs its certificate and its key in PEM, a generated one neither: set it, for example with `pulumi config set --secret --path tls.ca.privateKeyPem < FILE`, or remove the other"
        ],
    ),
    "ca key without certificate": (
        {"tls": {"mode": "private-ca", "ca": {"privateKeyPem": "MARKER"}}},
        [
            "tls.ca.certificatePem is not set; an authority of your own needs its certificate and its key in PEM, a generated one neither: set it, for example with `pulumi config set --path tls.ca.certificatePem < FILE`, or remove the other"
        ],
    ),
    "ca key number": (
        {"tls": {"mode": "private-ca", "ca": {"privateKeyPem": [1], "certificatePem": [1]}}},
        [
            "tls.ca.certificatePem: a list is not allowed; allowed is a PEM certificate chain, the issuing authority's certificate first, for example -----BEGIN CERTIFICATE-----…",
            "tls.ca.privateKeyPem: a list is not allowed; allowed is an unencrypted PEM private key, for example -----BEGIN PRIVATE KEY-----…",
        ],
    ),
    "ca no PEM": (
        {
            "tls": {
                "mode": "private-ca",
                "ca": {"privateKeyPem": "MARKER", "certificatePem": "ca.crt"},
            }
        },
        [
            "tls.ca.certificatePem: the text is no certificate in PEM; allowed is a chain of blocks that start with -----BEGIN CERTIFICATE-----, the server's first",
            "tls.ca.privateKeyPem: the text is no private key in PEM; allowed is an unencrypted key that starts with -----BEGIN PRIVATE KEY----- or its RSA or EC form",
        ],
    ),
    "ca unknown key": (
        {"tls": {"mode": "private-ca", "ca": {"privateKey": "MARKER"}}},
        [
            'tls.ca.privateKey: there is no such setting; did you mean "privateKeyPem"? the settings under tls.ca are certificatePem, privateKeyPem, validityDays'
        ],
    ),
    "long hostname of a private ca": (
        {
            "hostname": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
            "tls": {"mode": "private-ca"},
        },
        [
            "hostname: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com has 72 characters, but a private-ca certificate's common name takes at most 64 (RFC 5280); choose a shorter name, for example registry.example.com, or set tls.mode to provided"
        ],
    ),
    "letsencrypt without its mode": (
        {"tls": {"letsencrypt": {"email": "ops@example.com"}}},
        [
            "tls.letsencrypt is set, but tls.mode is self-signed and would ignore it; it belongs to tls.mode letsencrypt: set that, or remove it"
        ],
    ),
    "letsencrypt text": (
        {"tls": {"mode": "letsencrypt", "letsencrypt": "ops@example.com"}},
        [
            'tls.letsencrypt: a text is not allowed; allowed is a group of settings: email, hosts, directoryUrl, directoryCaPem, trustPem; for example {"email": "ops@example.com"}'
        ],
    ),
    "letsencrypt without email": (
        {"tls": {"mode": "letsencrypt"}},
        [
            "tls.letsencrypt.email is not set; the ACME server writes there before a certificate ends, for example ops@example.com"
        ],
    ),
    "letsencrypt email": (
        {"tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops"}}},
        [
            "tls.letsencrypt.email: ops is not allowed; allowed is an e-mail address, for example ops@example.com"
        ],
    ),
    "letsencrypt for an address": (
        {
            "hostname": "10.0.0.5",
            "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}},
        },
        [
            "hostname: 10.0.0.5 is an IP address, and tls.mode letsencrypt is for names; use a DNS name, for example packs.example.com"
        ],
    ),
    "letsencrypt for localhost": (
        {
            "hostname": "localhost",
            "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}},
        },
        [
            "hostname: localhost is no public name, and Let's Encrypt must reach it from the Internet; use one, for example packs.example.com, or set tls.letsencrypt.directoryUrl to an ACME server of your own"
        ],
    ),
    "letsencrypt for an internal name": (
        {
            "hostname": "registry.internal",
            "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}},
        },
        [
            "hostname: registry.internal is no public name, and Let's Encrypt must reach it from the Internet; use one, for example packs.example.com, or set tls.letsencrypt.directoryUrl to an ACME server of your own"
        ],
    ),
    "letsencrypt hosts": (
        {
            "tls": {
                "mode": "letsencrypt",
                "letsencrypt": {"email": "ops@example.com", "hosts": ["10.0.0.5", "not a name"]},
            }
        },
        [
            "tls.letsencrypt.hosts[1]: not a name is not allowed; allowed are DNS names, for example packs.example.com"
        ],
    ),
    "letsencrypt port": (
        {"port": 8443, "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}},
        ["port: 8443 is not where Let's Encrypt looks; it needs port 443 (TLS-ALPN-01, RFC 8737)"],
    ),
    "letsencrypt with a subject": (
        {
            "tls": {
                "mode": "letsencrypt",
                "subject": {"country": "US"},
                "letsencrypt": {"email": "ops@example.com"},
            }
        },
        [
            "tls.subject is set, but tls.mode is letsencrypt and would ignore it; it is for tls.mode self-signed or private-ca: set one, or remove it"
        ],
    ),
    "directoryUrl http": (
        {
            "tls": {
                "mode": "letsencrypt",
                "letsencrypt": {
                    "email": "ops@example.com",
                    "directoryUrl": "http://acme.internal/dir",
                },
            }
        },
        [
            "tls.letsencrypt.directoryUrl: http://acme.internal/dir is not allowed; allowed is an https:// URL, for example https://acme.internal/directory"
        ],
    ),
    "directoryCaPem without directoryUrl": (
        {
            "tls": {
                "mode": "letsencrypt",
                "letsencrypt": {"email": "ops@example.com", "directoryCaPem": "ca.crt"},
            }
        },
        [
            "tls.letsencrypt.directoryCaPem is set, but Let's Encrypt itself is trusted by everybody; it belongs to a directoryUrl of your own: set that, for example https://acme.internal/directory, or remove it",
            f"tls.letsencrypt.directoryCaPem: {NO_PEM}",
        ],
    ),
    "trustPem no PEM": (
        {
            "tls": {
                "mode": "letsencrypt",
                "letsencrypt": {
                    "email": "ops@example.com",
                    "directoryUrl": "https://acme.internal/dir",
                    "trustPem": "ca.crt",
                },
            }
        },
        [f"tls.letsencrypt.trustPem: {NO_PEM}"],
    ),
    "minimumTls": (
        {"tls": {"minimumTls": "1.3"}},
        [
            "tls.minimumTls: 1.3 is not allowed; allowed is one of tls1.2, tls1.3, for example tls1.3"
        ],
    ),
    "minimumTls of plain HTTP": (
        {"tls": {"mode": "off", "minimumTls": "tls1.3"}},
        [
            "tls.minimumTls is set, but tls.mode is off and would ignore it; set another mode, or remove it"
        ],
    ),
    "clientCas text": (
        {"tls": {"clientCas": "-----BEGIN CERTIFICATE-----"}},
        [
            'tls.clientCas: -----BEGIN CERTIFICATE----- is not allowed; allowed is a list of PEM certificates, for example ["-----BEGIN CERTIFICATE-----…"]'
        ],
    ),
    "clientCas no PEM, nobody to verify": (
        {"tls": {"clientCas": ["ca.crt"]}},
        [
            f"tls.clientCas[0]: {NO_PEM}",
            "tls.clientCertificatePem is not set; with tls.clientCas the registry is verified by a client certificate of one of them: set it, or set verify to false",
            "tls.clientPrivateKeyPem is not set; with tls.clientCas the registry is verified by a client certificate of one of them: set it, or set verify to false",
        ],
    ),
    "clientCas of plain HTTP": (
        {"verify": False, "tls": {"mode": "off", "clientCas": ["ca.crt"]}},
        [
            "tls.clientCas is set, but tls.mode is off and would ignore it; set another mode, or remove it",
            f"tls.clientCas[0]: {NO_PEM}",
        ],
    ),
    "client certificate without clientCas": (
        {"tls": {"clientCertificatePem": "x", "clientPrivateKeyPem": "MARKER"}},
        [
            "tls.clientCertificatePem: the text is no certificate in PEM; allowed is a chain of blocks that start with -----BEGIN CERTIFICATE-----, the server's first",
            "tls.clientCertificatePem is set, but no client certificate is asked for; set tls.clientCas, or remove it",
            "tls.clientPrivateKeyPem: the text is no private key in PEM; allowed is an unencrypted key that starts with -----BEGIN PRIVATE KEY----- or its RSA or EC form",
            "tls.clientPrivateKeyPem is set, but no client certificate is asked for; set tls.clientCas, or remove it",
        ],
    ),
    "client certificate no text": (
        {"tls": {"clientCertificatePem": 1.5, "clientPrivateKeyPem": ["MARKER"]}},
        [
            "tls.clientCertificatePem is set, but no client certificate is asked for; set tls.clientCas, or remove it",
            "tls.clientPrivateKeyPem: a list is not allowed; allowed is an unencrypted PEM private key, for example -----BEGIN PRIVATE KEY-----…",
        ],
    ),
    "storage nfs nothing": (
        {"storage": {"kind": "nfs"}},
        [
            "storage.nfs.export is not set; storage.kind nfs needs a directory that it exports, for example /export/packs",
            "storage.nfs.server is not set; storage.kind nfs needs an NFS server, for example nfs.example.com",
        ],
    ),
    "storage nfs text": (
        {"storage": {"kind": "nfs", "nfs": "nfs.example.com:/packs"}},
        [
            'storage.nfs: a text is not allowed; allowed is a group of settings: server, export, options; for example {"server": "nfs.example.com"}'
        ],
    ),
    "storage nfs without its kind": (
        {"storage": {"nfs": {"server": "nfs.example.com", "export": "/packs"}}},
        [
            "storage.nfs is set, but storage.kind is volume and would ignore it; remove it, or set storage.kind to nfs"
        ],
    ),
    "storage nfs server": (
        {
            "storage": {
                "kind": "nfs",
                "nfs": {"server": "nfs.example.com:/packs", "export": "/packs"},
            }
        },
        [
            "storage.nfs.server: nfs.example.com:/packs is not allowed; allowed is a DNS name or an IP address, for example nfs.example.com"
        ],
    ),
    "storage nfs export": (
        {"storage": {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "packs"}}},
        [
            "storage.nfs.export: packs is not allowed; allowed is an absolute path, for example /export/packs"
        ],
    ),
    "storage nfs options": (
        {
            "storage": {
                "kind": "nfs",
                "nfs": {
                    "server": "nfs.example.com",
                    "export": "/packs",
                    "options": ["addr=10.0.0.1", "rw,hard"],
                },
            }
        },
        [
            "storage.nfs.options[0]: addr=10.0.0.1 is not allowed; allowed are mount options, for example nfsvers=4.1",
            "storage.nfs.options[1]: rw,hard is not allowed; allowed are mount options, for example nfsvers=4.1",
        ],
    ),
    "storage nfs not kept": (
        {
            "storage": {
                "kind": "nfs",
                "keepOnDestroy": False,
                "nfs": {"server": "nfs.example.com", "export": "/packs"},
            }
        },
        [
            "storage.keepOnDestroy: false is for storage.kind volume; what nfs holds is not removed by an update, so remove the setting"
        ],
    ),
    "storage cifs nothing": (
        {"storage": {"kind": "cifs"}},
        [
            "storage.cifs.server is not set; storage.kind cifs needs an SMB server, for example files.example.com",
            "storage.cifs.share is not set; storage.kind cifs needs one of its shares, for example packs",
        ],
    ),
    "storage cifs text": (
        {"storage": {"kind": "cifs", "cifs": "//files/packs"}},
        [
            'storage.cifs: a text is not allowed; allowed is a group of settings: server, share, options, username, password, plainCredentials; for example {"server": "files.example.com"}'
        ],
    ),
    "storage cifs server and share": (
        {"storage": {"kind": "cifs", "cifs": {"server": "//files", "share": "../packs"}}},
        [
            "storage.cifs.server: //files is not allowed; allowed is a DNS name or an IP address, for example files.example.com",
            "storage.cifs.share: ../packs is not allowed; allowed is a share's name, and a path below it, for example packs/registry",
        ],
    ),
    "storage cifs options": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {
                    "server": "files.example.com",
                    "share": "packs",
                    "options": ["password=MARKER"],
                },
            }
        },
        [
            "storage.cifs.options[0]: the value given (not shown, it is a secret) is not allowed; allowed are mount options, none of them a credential, for example vers=3.1.1"
        ],
    ),
    "storage cifs username": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {"server": "files.example.com", "share": "packs", "username": "a,b"},
            }
        },
        [
            "storage.cifs.username: a,b is not allowed; allowed is a text without commas, for example packs"
        ],
    ),
    "storage cifs username alone": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {"server": "files.example.com", "share": "packs", "username": "packs"},
            }
        },
        [
            "storage.cifs.password is not set beside a username; set it, for example with `pulumi config set --secret --path storage.cifs.password`, or remove the username"
        ],
    ),
    "storage cifs password alone": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {
                    "server": "files.example.com",
                    "share": "packs",
                    "password": "MARKER",
                    "plainCredentials": True,
                },
            }
        },
        [
            "storage.cifs.username is not set beside a password; set it, for example packs, or remove the password (a guest needs none)"
        ],
    ),
    "storage cifs password in the clear": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {
                    "server": "files.example.com",
                    "share": "packs",
                    "username": "packs",
                    "password": "MARKER",
                },
            }
        },
        [
            "storage.cifs.password is set, but Docker's volume driver takes no credentials file: `docker volume inspect` would show the password to everybody who may ask Docker. Mount the share on the host and use storage.kind path, or accept it with storage.cifs.plainCredentials: true"
        ],
    ),
    "storage cifs password with a comma": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {
                    "server": "files.example.com",
                    "share": "packs",
                    "username": "packs",
                    "password": "MARKER,x",
                    "plainCredentials": True,
                },
            }
        },
        [
            "storage.cifs.password: can't stand in a mount option (not shown, it is a secret); allowed is a text without commas"
        ],
    ),
    "storage cifs password list": (
        {
            "storage": {
                "kind": "cifs",
                "cifs": {
                    "server": "files.example.com",
                    "share": "packs",
                    "password": ["MARKER"],
                    "plainCredentials": "perhaps",
                },
            }
        },
        [
            "storage.cifs.password: a list is not allowed; allowed is a text without commas, for example pulumi config set --secret --path storage.cifs.password",
            "storage.cifs.plainCredentials: perhaps is not allowed; allowed is true or false, for example true",
        ],
    ),
    "storage s3 nothing": (
        {"storage": {"kind": "s3"}},
        [
            "storage.s3.bucket is not set; storage.kind s3 needs a bucket, for example packs",
            "storage.s3.region is not set; storage.kind s3 needs the bucket's region, for example eu-central-1 (any word for another server than Amazon's)",
        ],
    ),
    "storage s3 text": (
        {"storage": {"kind": "s3", "s3": "s3://packs"}},
        [
            'storage.s3: a text is not allowed; allowed is a group of settings: bucket, region, prefix, endpoint, pathStyle, encrypt, accessKey, secretKey; for example {"bucket": "packs"}'
        ],
    ),
    "storage s3 bucket": (
        {"storage": {"kind": "s3", "s3": {"bucket": "My_Packs", "region": "eu-central-1"}}},
        [
            "storage.s3.bucket: My_Packs is not allowed; allowed is 3 to 63 lower-case letters, digits, dots and dashes, a letter or digit at both ends, for example packs"
        ],
    ),
    "storage s3 bucket as an address": (
        {"storage": {"kind": "s3", "s3": {"bucket": "10.0.0.5", "region": "eu-central-1"}}},
        [
            "storage.s3.bucket: 10.0.0.5 is not allowed; allowed is 3 to 63 lower-case letters, digits, dots and dashes, a letter or digit at both ends, for example packs"
        ],
    ),
    "storage s3 region": (
        {"storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "EU (Frankfurt)"}}},
        [
            "storage.s3.region: EU (Frankfurt) is not allowed; allowed is lower-case letters, digits and dashes, for example eu-central-1"
        ],
    ),
    "storage s3 prefix": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "eu-central-1", "prefix": "../other"},
            }
        },
        [
            "storage.s3.prefix: ../other is not allowed; allowed is a relative path, for example registry/prod"
        ],
    ),
    "storage s3 endpoint": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "any", "endpoint": "minio:9000"},
            }
        },
        [
            "storage.s3.endpoint: minio:9000 is not allowed; allowed is an http:// or https:// URL, for example https://minio.internal:9000"
        ],
    ),
    "storage s3 endpoint with a password": (
        {
            "storage": {
                "kind": "s3",
                "s3": {
                    "bucket": "packs",
                    "region": "any",
                    "endpoint": "https://:MARKER@minio:9000",
                },
            }
        },
        [
            "storage.s3.endpoint: https://…@minio:9000 is not allowed; allowed is an http:// or https:// URL, for example https://minio.internal:9000"
        ],
    ),
    "storage s3 switches": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "any", "pathStyle": "maybe", "encrypt": "aes"},
            }
        },
        [
            "storage.s3.encrypt: aes is not allowed; allowed is true or false, for example true",
            "storage.s3.pathStyle: maybe is not allowed; allowed is true or false, for example true",
        ],
    ),
    "storage s3 access key alone": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "any", "accessKey": "MARKER"},
            }
        },
        [
            "storage.s3.secretKey is not set; an access key and its secret belong together, a role needs neither: set it, for example with `pulumi config set --secret --path storage.s3.secretKey`, or remove the other"
        ],
    ),
    "storage s3 secret key alone": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "any", "secretKey": "MARKER"},
            }
        },
        [
            "storage.s3.accessKey is not set; an access key and its secret belong together, a role needs neither: set it, for example with `pulumi config set --secret --path storage.s3.accessKey`, or remove the other"
        ],
    ),
    "storage s3 keys no texts": (
        {
            "storage": {
                "kind": "s3",
                "s3": {
                    "bucket": "packs",
                    "region": "any",
                    "accessKey": ["MARKER"],
                    "secretKey": {"a": "MARKER"},
                },
            }
        },
        [
            "storage.s3.accessKey: a list is not allowed; allowed is a text, for example pulumi config set --secret --path storage.s3.accessKey",
            "storage.s3.secretKey: a group of settings is not allowed; allowed is a text, for example pulumi config set --secret --path storage.s3.secretKey",
        ],
    ),
    "storage s3 typo": (
        {
            "storage": {
                "kind": "s3",
                "s3": {"bucket": "packs", "region": "any", "regionEndpoint": "https://minio:9000"},
            }
        },
        [
            'storage.s3.regionEndpoint: there is no such setting; did you mean "endpoint"? the settings under storage.s3 are bucket, region, prefix, endpoint, pathStyle, encrypt, accessKey, secretKey'
        ],
    ),
    "storage s3 with a path": (
        {
            "storage": {
                "kind": "s3",
                "path": "/srv/packs",
                "s3": {"bucket": "packs", "region": "any"},
            }
        },
        [
            "storage.path: /srv/packs is set, but storage.kind is s3 and would ignore it; remove it, or change storage.kind"
        ],
    ),
    "storage memory outside dev": (
        {"storage": {"kind": "memory"}},
        [
            "storage.kind: memory loses all packs whenever the server ends, which only the stack dev may do unasked; choose another kind, or set storage.confirmLoss to true"
        ],
    ),
    "storage confirmLoss of a volume": (
        {"storage": {"confirmLoss": True}},
        [
            "storage.confirmLoss is set, but it is for storage.kind memory; remove it, for no other kind loses packs"
        ],
    ),
    "storage confirmLoss text": (
        {"storage": {"kind": "memory", "confirmLoss": "yes please"}},
        [
            "storage.confirmLoss: yes please is not allowed; allowed is true or false, for example true"
        ],
    ),
    "server logFormat": (
        {"server": {"logFormat": "xml"}},
        [
            "server.logFormat: xml is not allowed; allowed is one of text, json, logstash, for example json"
        ],
    ),
    "server logFields": (
        {"server": {"logFields": "environment=prod"}},
        [
            'server.logFields: environment=prod is not allowed; allowed is a group of texts, for example {"environment": "prod"}'
        ],
    ),
    "server logFields nested": (
        {"server": {"logFields": {"environment": {"name": "prod"}}}},
        ["server.logFields.environment: a group of settings is not allowed; allowed is a text"],
    ),
    "server headers list": (
        {"server": {"headers": ["X-Frame-Options: DENY"]}},
        [
            'server.headers: a list is not allowed; allowed is a group of header names, each with a printable text, for example {"Strict-Transport-Security": "max-age=31536000"}'
        ],
    ),
    "server headers name": (
        {"server": {"headers": {"X Frame": "DENY"}}},
        [
            'server.headers: X Frame is not allowed; allowed is a group of header names, each with a printable text, for example {"Strict-Transport-Security": "max-age=31536000"}'
        ],
    ),
    "server headers value": (
        {"server": {"headers": {"X-Frame-Options": "DENY\nSet-Cookie: a=b"}}},
        [
            'server.headers: "DENY\\nSet-Cookie: a=b" is not allowed; allowed is a group of header names, each with a printable text, for example {"Strict-Transport-Security": "max-age=31536000"}'
        ],
    ),
    "server drainSeconds over Docker's": (
        {"server": {"drainSeconds": 10}},
        [
            "server.drainSeconds: 10 is not allowed; allowed is a whole number of seconds from 1 to 9, for example 5"
        ],
    ),
    "server drainSeconds text": (
        {"server": {"drainSeconds": "5s"}},
        [
            "server.drainSeconds: 5s is not allowed; allowed is a whole number of seconds from 1 to 9, for example 5"
        ],
    ),
    "server addr": (
        {"server": {"addr": "5000"}},
        [
            "server.addr: 5000 is not allowed; allowed is :port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535, for example :8443"
        ],
    ),
    "server addr name": (
        {"server": {"addr": "localhost:5000"}},
        [
            "server.addr: localhost:5000 is not allowed; allowed is :port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535, for example :8443"
        ],
    ),
    "server addr of the loopback": (
        {"server": {"addr": "127.0.0.1:5000"}},
        [
            "server.addr: 127.0.0.1:5000 is not allowed; allowed is :port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535, for example :8443"
        ],
    ),
    "server addr port 0": (
        {"server": {"addr": ":0"}},
        [
            "server.addr: :0 is not allowed; allowed is :port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535, for example :8443"
        ],
    ),
    "server logFields of the server": (
        {"server": {"logFields": {"service": "packs"}}},
        [
            "server.logFields: service is always registry; give the field another name, for example environment"
        ],
    ),
    "server headers nested": (
        {"server": {"headers": {"X-A": ["a", "b"]}}},
        ["server.headers.X-A: a list is not allowed; allowed is a text"],
    ),
    "server headers twice": (
        {"server": {"headers": {"X-A": "a", "x-a": "b", "X-B": "c"}}},
        [
            "server.headers: x-a is there twice, and headers' names do not differ by case; remove one of them"
        ],
    ),
    "server httpSecret of one character": (
        {"server": {"httpSecret": "a" * 16}},
        [
            "server.httpSecret: the text given is too easily guessed (not shown, a secret); allowed are 16 or more characters of at least 5 different kinds"
        ],
    ),
    "networks that are none": (
        {"networks": ["host", "backend", "none"]},
        [
            "networks[0]: host is no network that a container joins beside Docker's own; name one of `docker network create`",
            "networks[2]: none is no network that a container joins beside Docker's own; name one of `docker network create`",
        ],
    ),
    "networks twice": (
        {"networks": ["backend", "bridge", "backend"]},
        [
            "networks[1]: bridge is Docker's own network, which the container joins anyway; remove it",
            "networks[2]: backend is there twice; remove one of them",
        ],
    ),
    "server httpSecret short": (
        {"server": {"httpSecret": "MARKER"}},
        [
            "server.httpSecret: the text given is too easily guessed (not shown, a secret); allowed are 16 or more characters of at least 5 different kinds"
        ],
    ),
    "server httpSecret list": (
        {"server": {"httpSecret": ["MARKER"]}},
        [
            "server.httpSecret: a list is not allowed; allowed is a text of 16 or more characters of at least 5 different kinds, for example pulumi config set --secret --path server.httpSecret"
        ],
    ),
    "server extra text": (
        {"server": {"extra": "http: {}"}},
        [
            'server.extra: the value given (not shown, it is a secret) is not allowed; allowed is a group of the server\'s own settings that no other setting writes, for example {"notifications": {"endpoints": []}}'
        ],
    ),
    "server extra unknown section": (
        {"server": {"extra": {"htttp": {"debug": {"addr": ":5001"}}}}},
        [
            "server.extra: htttp is not in CNCF Distribution's configuration; known are version, log, loglevel, storage, auth, middleware, http, notifications, redis, health, proxy, validation, catalog, tags, policy"
        ],
    ),
    "server extra against a typed setting": (
        {"server": {"extra": {"http": {"addr": ":8080"}}}},
        ["server.extra: http.addr is written by server.addr; set that instead"],
    ),
    "server extra against the users": (
        {"server": {"extra": {"auth": {"htpasswd": {"path": "/elsewhere"}}}}},
        ["server.extra: auth is written by users and realm; set that instead"],
    ),
    "server extra against the storage": (
        {
            "storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "any"}},
            "server": {"extra": {"storage": {"s3": {"bucket": "other"}}}},
        },
        ["server.extra: storage.s3.bucket is written by storage.s3.bucket; set that instead"],
    ),
    "server extra with TLS of its own": (
        {"tls": {"mode": "off"}, "server": {"extra": {"http": {"tls": {"certificate": "/x"}}}}},
        ["server.extra: http.tls is written by tls.mode; set that instead"],
    ),
    "imageArchive relative": (
        {"imageArchive": "registry.tar"},
        [
            "imageArchive: registry.tar is not allowed; allowed is an absolute path of a file, or one that starts with ~, for example /srv/images/spectro-registry-4.7.0.tar"
        ],
    ),
    "imageArchive beside credentials": (
        {"imageArchive": "/srv/registry.tar", "imageUsername": "puller", "imagePassword": "MARKER"},
        ["imageArchive is set beside a registry's credentials; an archive needs none"],
    ),
    "imageArchive of a digest": (
        {
            "imageArchive": "/srv/registry.tar",
            "image": "registry.example.com/packs@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        },
        [
            "imageArchive is set, but registry.example.com/packs@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa names a digest, which only images from a registry have; name it by the tag in the archive"
        ],
    ),
    "imageUsername alone": (
        {"imageUsername": "puller"},
        [
            "imagePassword is not set; a private registry asks for a user and a password: set both, or neither"
        ],
    ),
    "imageUsername with a space": (
        {"imageUsername": "a puller", "imagePassword": "MARKER"},
        [
            "imageUsername: a puller is not allowed; allowed is a text without spaces and colons, for example _json_key"
        ],
    ),
    "imagePassword alone": (
        {"imagePassword": "MARKER"},
        [
            "imageUsername is not set; a private registry asks for a user and a password: set both, or neither"
        ],
    ),
    "imagePassword list": (
        {"imageUsername": "puller", "imagePassword": ["MARKER"]},
        [
            "imagePassword: a list is not allowed; allowed is a text, for example pulumi config set --secret imagePassword"
        ],
    ),
    "server extra null section": (
        {"server": {"extra": {"http": None}}},
        ["server.extra: http is of the wrong type; allowed is a group"],
    ),
    "server extra second storage": (
        {"server": {"extra": {"storage": {"s3": {"bucket": "b"}}}}},
        ["server.extra: storage.s3 is written by storage.kind; set that instead"],
    ),
    "server extra second authentication": (
        {"server": {"extra": {"auth": {"token": {"realm": "r"}}}}},
        ["server.extra: auth is written by users and realm; set that instead"],
    ),
    "server extra wrong types": (
        {
            "server": {
                "extra": {
                    "http": {"relativeurls": "MARKER"},
                    "storage": {"tag": {"concurrencylimit": "MARKER"}},
                    "notifications": {"endpoints": {"name": "MARKER"}},
                }
            }
        },
        [
            "server.extra: http.relativeurls is of the wrong type; allowed is true or false",
            "server.extra: storage.tag.concurrencylimit is of the wrong type; allowed is a whole number",
            "server.extra: notifications.endpoints is of the wrong type; allowed is a list",
        ],
    ),
    "server extra wrong key": (
        {"server": {"extra": {"http": {"debug": {"adr": ":5001"}}}}},
        [
            "server.extra: http.debug.adr is not in CNCF Distribution's configuration; known are addr, prometheus"
        ],
    ),
    "server extra of other settings that are not set": (
        {
            "server": {
                "extra": {
                    "loglevel": "debug",
                    "log": {"formatter": "json", "fields": {"a": "b"}, "level": "warn"},
                    "http": {
                        "draintimeout": "60s",
                        "headers": {"x-frame-options": ["ALLOW"]},
                        "tls": {
                            "clientcas": [],
                            "minimumtls": "tls1.2",
                            "letsencrypt": {},
                            "certificate": "/x",
                            "key": "/y",
                        },
                    },
                    "storage": {"gcs": {}, "inmemory": {}},
                }
            }
        },
        [
            "server.extra: loglevel is written by logLevel; set that instead",
            "server.extra: log.level is written by logLevel; set that instead",
            "server.extra: log.formatter is written by server.logFormat; set that instead",
            "server.extra: log.fields is written by server.logFields; set that instead",
            "server.extra: http.draintimeout is written by server.drainSeconds; set that instead",
            "server.extra: http.headers is written by server.headers; set that instead",
            "server.extra: http.tls.clientcas is written by tls.clientCas; set that instead",
            "server.extra: http.tls.minimumtls is written by tls.minimumTls; set that instead",
            "server.extra: http.tls.letsencrypt is written by tls.mode letsencrypt; set that instead",
            "server.extra: http.tls.certificate is written by tls.mode; set that instead",
            "server.extra: http.tls.key is written by tls.mode; set that instead",
            "server.extra: storage.gcs is written by storage.kind; set that instead",
            "server.extra: storage.inmemory is written by storage.kind; set that instead",
        ],
    ),
    "server extra of what is the same for all": (
        {
            "server": {
                "extra": {
                    "version": 0.2,
                    "http": {"net": "unix", "prefix": "/packs", "secret": "MARKER"},
                    "storage": {
                        "cache": {"blobdescriptor": "redis"},
                        "filesystem": {"rootdirectory": "/"},
                    },
                }
            }
        },
        [
            "server.extra: version is always 0.1; remove it",
            "server.extra: http.net is always tcp, by which Docker reaches the container; remove it",
            "server.extra: http.prefix is always empty, for clients ask at the root of the server; remove it",
            "server.extra: http.secret is written by server.httpSecret; set that instead",
            "server.extra: storage.cache.blobdescriptor is always inmemory; remove it",
            "server.extra: storage.filesystem.rootdirectory is always below /data, where packs are mounted; remove it",
        ],
    ),
    "server extra of a bucket": (
        {
            "storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "any"}},
            "server": {
                "extra": {
                    "storage": {
                        "s3": {
                            "regionendpoint": "http://10.0.0.5",
                            "secretkey": "MARKER",
                            "buckets": 1,
                            "chunksize": "MARKER",
                        }
                    }
                }
            },
        },
        [
            "server.extra: storage.s3.regionendpoint is written by storage.s3.endpoint; set that instead",
            "server.extra: storage.s3.secretkey is written by storage.s3.secretKey; set that instead",
            "server.extra: storage.s3.buckets is not in CNCF Distribution's configuration; known are bucket, region, regionendpoint, rootdirectory, accesskey, secretkey, keyid, sessiontoken, storageclass, objectacl, useragent, loglevel, redirectendpoint, forcepathstyle, secure, encrypt, skipverify, v4auth, usedualstack, accelerate, usefipsendpoint, chunksize, multipartcopychunksize, multipartcopymaxconcurrency, multipartcopythresholdsize",
            "server.extra: storage.s3.chunksize is of the wrong type; allowed is a whole number",
        ],
    ),
    "server extra against a typed setting and of the wrong type": (
        {"server": {"extra": {"http": {"addr": 8080, "relativeurls": "yes"}, "notifications": []}}},
        [
            "server.extra: http.addr is written by server.addr; set that instead",
            "server.extra: http.relativeurls is of the wrong type; allowed is true or false",
            "server.extra: notifications is of the wrong type; allowed is a group",
        ],
    ),
    "server extra wrong choice": (
        {"server": {"extra": {"http": {"tls": {"minimumTLS": "1.3", "clientauth": "none"}}}}},
        [
            "server.extra: http.tls.clientauth is not allowed; allowed is one of request-client-cert, require-any-client-cert, verify-client-cert-if-given, require-and-verify-client-cert",
            "server.extra: http.tls.minimumTLS is not in CNCF Distribution's configuration; known are certificate, key, clientcas, clientauth, minimumtls, ciphersuites, letsencrypt",
        ],
    ),
    "flavor unknown": (
        {"flavor": "docker"},
        ["flavor: docker is not allowed; allowed is one of pack, oci, for example oci"],
    ),
    "flavor in capitals": (
        {"flavor": "OCI"},
        ["flavor: OCI is not allowed; allowed is one of pack, oci, for example oci"],
    ),
    "flavor empty": (
        {"flavor": ""},
        ['flavor: "" is not allowed; allowed is one of pack, oci, for example oci'],
    ),
    "flavor group": (
        {"flavor": {"kind": "oci"}},
        [
            "flavor: a group of settings is not allowed; allowed is one of pack, oci, for example oci"
        ],
    ),
    "flavour": (
        {"flavour": "oci"},
        [f'flavour: there is no such setting; did you mean "flavor"? the settings are {NAMES}'],
    ),
    "baseContentPath in capitals": (
        {"flavor": "oci", "baseContentPath": "Packs"},
        [
            "baseContentPath: Packs is not allowed; allowed is a repository's path in lower case, for example spectro-packs/archive"
        ],
    ),
    "baseContentPath upwards": (
        {"flavor": "oci", "baseContentPath": "packs/../other"},
        [
            "baseContentPath: packs/../other is not allowed; allowed is a repository's path in lower case, for example spectro-packs/archive"
        ],
    ),
    "baseContentPath list": (
        {"flavor": "oci", "baseContentPath": ["packs"]},
        [
            "baseContentPath: a list is not allowed; allowed is a repository's path in lower case, for example spectro-packs/archive"
        ],
    ),
    "baseContentPath of a pack registry": (
        {"baseContentPath": "spectro-packs"},
        [
            "baseContentPath is set, but flavor is pack and would ignore it; it belongs to flavor oci: set that, or remove it"
        ],
    ),
    "publicEndpoint with a path for OCI clients": (
        {"flavor": "oci", "publicEndpoint": "https://packs.example.com/registry"},
        [
            "publicEndpoint: /registry is a path, but flavor is oci and its clients ask for /v2/ at the root of a host; give the proxy a host or port for the registry"
        ],
    ),
}
