import * as packRegistry from "@palette/pack-registry";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const registry = new packRegistry.PackRegistry("registry", {
  hostname: config.require("hostname"),
  image: config.get("image"),
  port: config.getNumber("port"),
  containerName: config.get("containerName"),
  rotation: config.get("rotation"),
  tls: {
    mode: packRegistry.TlsMode.PrivateCa,
    validityDays: config.getNumber("validityDays") ?? 397,
  },
  users: [
    { name: "spectro" },
    { name: "ci", password: config.requireSecret("password") },
  ],
});

export const endpoint = registry.endpoint;
export const caCertificate = registry.caCertificate;
export const adminPassword = registry.adminPassword;
export const users = registry.users;
