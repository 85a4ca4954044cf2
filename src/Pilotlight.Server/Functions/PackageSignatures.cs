using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>What a package's signature is worth here and now.</summary>
enum SignatureState
{
    Unsigned,

    /// <summary>The package is not what was signed, or the signature is none.</summary>
    Broken,

    /// <summary>No publisher of the settings stands for the certificate, or not for this profile.</summary>
    Untrusted,

    Expired,
    Revoked,
    Valid,
}

/// <summary>Examines signatures of packages, and holds deployments to code signing configurations.</summary>
public sealed partial class PackageSignatures
{
    /// <summary>Extended key usage of certificates for code signing.</summary>
    const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    readonly PackageStore _packages;
    readonly CodeSigningCatalog _configs;
    readonly TimeProvider _time;
    readonly ILogger<PackageSignatures> _log;
    readonly List<(X509Certificate2Collection Roots, IReadOnlyList<string> Profiles)> _publishers = [];
    readonly HashSet<string> _revoked;
    long _failures;

    public PackageSignatures(
        CodeSigningOptions options, PackageStore packages, CodeSigningCatalog configs, TimeProvider time, ILogger<PackageSignatures> log)
    {
        (_packages, _configs, _time, _log) = (packages, configs, time, log);
        _revoked = new HashSet<string>(options.Revoked, StringComparer.Ordinal);
        foreach (var publisher in options.Publishers)
        {
            var roots = new X509Certificate2Collection();
            try
            {
                roots.ImportFromPemFile(publisher.CertificateFile);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                throw new InvalidOperationException(
                    $"CodeSigning:Publishers: '{publisher.CertificateFile}' is no readable PEM file with certificates.", unreadable);
            }

            _publishers.Add((roots, publisher.Profiles));
        }
    }

    /// <summary>AWS's metric <c>SignatureValidationErrors</c>: deployments whose signature did not satisfy their configuration.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The configuration of an ARN, or null when it is null.</summary>
    /// <exception cref="AwsException">There is none.</exception>
    public CodeSigningConfig? Require(AwsRequest request, string? arn)
    {
        if (arn is not { Length: > 0 })
            return null;
        return _configs.Find(arn) is { } config && config.AccountId == request.AccountId && config.Region == request.Region
            ? config
            : throw FunctionErrors.CodeSigningConfigNotFound(arn).AsException();
    }

    /// <summary>Whose valid signature a package has, if it has one, and whether it may be deployed.</summary>
    /// <param name="config">Null when nothing is demanded of the package.</param>
    /// <param name="artifact">What to call the package in a refusal.</param>
    /// <exception cref="AwsException">The configuration does not let it be deployed.</exception>
    public CodeSignature? Check(string hash, CodeSigningConfig? config, string artifact)
    {
        var (state, signature) = Examine(hash);
        if (config is null)
            return state == SignatureState.Valid ? signature : null;
        if (state == SignatureState.Broken)
        {
            Failed(artifact, "broken", config);
            throw CodeSigningErrors.Broken(artifact).AsException();
        }

        if (state == SignatureState.Valid && config.SigningProfileVersionArns.Contains(signature!.ProfileVersionArn))
            return signature;
        Failed(artifact, state == SignatureState.Valid ? "of a profile that is not allowed" : state.ToString().ToLowerInvariant(), config);
        if (config.UntrustedArtifactOnDeployment == CodeSigningConfig.Enforce)
            throw CodeSigningErrors.NotVerified(artifact).AsException();
        return state == SignatureState.Valid ? signature : null;
    }

    /// <summary>Every layer that a function with a configuration is given must satisfy it, as its code must.</summary>
    /// <exception cref="AwsException">One does not.</exception>
    public void Check(IReadOnlyList<FunctionLayer>? layers, CodeSigningConfig? config)
    {
        if (layers is null || config is null)
            return;
        foreach (var layer in layers)
            Check(layer.CodeHash, config, layer.Arn);
    }

    (SignatureState State, CodeSignature? Signature) Examine(string hash)
    {
        try
        {
            using var zip = _packages.OpenZip(hash);
            if (PackageSignature.Read(zip) is not { } signature)
                return (SignatureState.Unsigned, null);
            return (StateOf(signature), new CodeSignature(signature.ProfileVersionArn, signature.JobArn));
        }
        catch (Exception hostile) when (hostile is not (IOException or OutOfMemoryException))
        {
            // What the libraries below throw at damaged messages and certificates is no closed list; none of it is a signature.
            return (SignatureState.Broken, null);
        }
    }

    SignatureState StateOf(PackageSignature signature)
    {
        var now = _time.GetUtcNow();
        if (signature.SignedAt > now + ClockSkew || !_publishers.Any(publisher => IsVouchedFor(signature, publisher.Roots, publisher.Profiles)))
            return SignatureState.Untrusted;
        if (_revoked.Contains(signature.ProfileVersionArn) || (signature.JobArn is { } job && _revoked.Contains(job)))
            return SignatureState.Revoked;
        return signature.Expires <= now ? SignatureState.Expired : SignatureState.Valid;
    }

    /// <summary>A certificate for code signing, at the time of the signature, under a root of this publisher: nothing is fetched for it.</summary>
    static bool IsVouchedFor(PackageSignature signature, X509Certificate2Collection roots, IReadOnlyList<string> profiles)
    {
        if (!profiles.Any(profile => Covers(profile, signature.ProfileVersionArn)))
            return false;
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
        policy.ExtraStore.AddRange(signature.Certificates);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new Oid(CodeSigning));
        policy.VerificationTime = signature.SignedAt.UtcDateTime;
        return chain.Build(signature.Certificate);
    }

    static bool Covers(string pattern, string arn) =>
        pattern.EndsWith('*') ? arn.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == arn;

    void Failed(string artifact, string state, CodeSigningConfig config)
    {
        Interlocked.Increment(ref _failures);
        NotVerified(artifact, state, config.Arn, config.UntrustedArtifactOnDeployment);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The signature of {Artifact} is {State} ({Config}, {Policy})")]
    partial void NotVerified(string artifact, string state, string config, string policy);
}
