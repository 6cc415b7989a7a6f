package main

import (
	"example.com/pack-registry/sdk/go/packregistry"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		validityDays := settings.GetInt("validityDays")
		if validityDays == 0 {
			validityDays = 397
		}
		args := &packregistry.PackRegistryArgs{
			Hostname: pulumi.String(settings.Require("hostname")),
			Rotation: pulumi.String(settings.Get("rotation")),
			Tls: packregistry.TlsArgs{
				Mode:         packregistry.TlsModePrivateCa,
				ValidityDays: pulumi.Int(validityDays),
			},
			Users: packregistry.UserArray{
				packregistry.UserArgs{Name: pulumi.String("spectro")},
				packregistry.UserArgs{
					Name:     pulumi.String("ci"),
					Password: settings.RequireSecret("password"),
				},
			},
		}
		if image := settings.Get("image"); image != "" {
			args.Image = pulumi.String(image)
		}
		if port := settings.GetInt("port"); port != 0 {
			args.Port = pulumi.Int(port)
		}
		if name := settings.Get("containerName"); name != "" {
			args.ContainerName = pulumi.String(name)
		}

		registry, err := packregistry.NewPackRegistry(ctx, "registry", args)
		if err != nil {
			return err
		}
		ctx.Export("endpoint", registry.Endpoint)
		ctx.Export("caCertificate", registry.CaCertificate)
		ctx.Export("adminPassword", registry.AdminPassword)
		ctx.Export("users", registry.Users)
		return nil
	})
}
