namespace Pilotlight.Functions;

/// <summary>Section <c>CodeSigning</c>: whose signatures on packages are believed.</summary>
public sealed class CodeSigningOptions
{
    /// <summary>Nobody's, unless somebody is named here.</summary>
    public List<TrustedPublisher> Publishers { get; set; } = [];

    /// <summary>ARNs of signing profile versions and of signing jobs whose signatures count no longer.</summary>
    public List<string> Revoked { get; set; } = [];
}

/// <summary>A certificate authority, and the signing profiles that it may speak for.</summary>
public sealed class TrustedPublisher
{
    /// <summary>PEM file with one or more root certificates.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>ARNs of signing profile versions; one that ends in <c>*</c> means all that begin like it.</summary>
    public List<string> Profiles { get; set; } = [];
}
