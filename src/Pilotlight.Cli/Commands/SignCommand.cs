using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pilotlight.Cli;

/// <summary>Signs a code package or a layer for a signing profile, as AWS Signer does in AWS. No platform is asked.</summary>
static class SignCommand
{
    const int LongestDays = 36_500;

    public static Command Create(Terminal terminal)
    {
        var package = new Argument<string>("PACKAGE") { Description = "The zip to sign" };
        var profile = new Option<string>("--profile") { Description = "ARN of the signing profile version", HelpName = "ARN", Required = true };
        var certificate = new Option<string>("--certificate")
        {
            Description = "PEM file: a certificate for code signing, and those that lead to its root",
            HelpName = "FILE",
            Required = true,
        };
        var key = new Option<string>("--key") { Description = "PEM file: the certificate's private key", HelpName = "FILE", Required = true };
        var output = new Option<string?>("--output") { Description = "Where the signed zip goes [default: PACKAGE itself]", HelpName = "FILE" };
        var days = new Option<int>("--days") { Description = "How long the signature is valid", HelpName = "N", DefaultValueFactory = _ => 3650 };
        var command = new ExampleCommand(
            "sign",
            "Sign a code package or a layer, for functions with a code signing configuration. Prints the ARN of the signing job.",
            "./pilotlight sign code.zip --profile arn:aws:signer:us-east-1:000000000000:/signing-profiles/team/0123456789 "
                + "--certificate team.pem --key team.key",
            "./pilotlight sign layer.zip --profile \"$PROFILE\" --certificate team.pem --key team.key --output signed.zip --days 90")
        {
            package, profile, certificate, key, output, days,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(package);
            var arn = result.GetRequiredValue(profile);
            if (arn.Split(':') is not ["arn", var partition, "signer", var region, var account, var resource] || !resource.StartsWith('/'))
                throw CliException.Usage($"'{arn}' is no ARN of a signing profile version");
            if (result.GetValue(days) is < 1 or > LongestDays)
                throw CliException.Usage($"--days must be between 1 and {LongestDays}");
            var now = terminal.Time.GetUtcNow();
            try
            {
                using var signing = X509Certificate2.CreateFromPemFile(result.GetRequiredValue(certificate), result.GetRequiredValue(key));
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(result.GetRequiredValue(certificate));
                var signer = new PackageSigner(signing, chain)
                {
                    ProfileVersionArn = arn,
                    JobArn = $"arn:{partition}:signer:{region}:{account}:/signing-jobs/{Guid.NewGuid()}",
                    SignedAt = now,
                    Expires = now.AddDays(result.GetValue(days)),
                };
                File.WriteAllBytes(result.GetValue(output) ?? path, signer.Sign(File.ReadAllBytes(path)));
                terminal.Out.WriteLine(signer.JobArn);
                return ExitCode.Success;
            }
            catch (Exception failed) when (failed is CryptographicException or InvalidDataException or ArgumentException)
            {
                throw CliException.Usage($"{path} cannot be signed: {failed.Message}");
            }
        });
        return command;
    }
}
