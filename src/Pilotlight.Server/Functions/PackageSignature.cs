using System.Formats.Asn1;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Pilotlight.Functions;

/// <summary>
/// The signature in a package, in the form that AWS Signer gives it (docs/decisions/0004): a detached CMS message, in PEM, in one entry
/// of the zip, over the names and bodies of all others. What is read here is authentic only in so far as the certificate is trusted.
/// </summary>
sealed record PackageSignature
{
    public const string EntryName = "META_INF/aws_signer_signature_v1.0.SF";

    const int MaxSignatureBytes = 1 << 20;

    /// <summary>Attributes that the signer signed.</summary>
    const string SigningJob = "1.3.187.137.1.2", Expiry = "1.3.187.137.1.3", SigningProfile = "1.3.187.137.1.4", SigningTime = "1.2.840.113549.1.9.5";

    /// <summary>SHA-256, SHA-384, SHA-512.</summary>
    static readonly HashSet<string> Digests = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"];

    public required string ProfileVersionArn { get; init; }
    public required string? JobArn { get; init; }
    public required DateTimeOffset SignedAt { get; init; }
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Of whoever signed.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>All that came with the signature, to build a chain from.</summary>
    public required X509Certificate2Collection Certificates { get; init; }

    /// <summary>Null when the package is not signed.</summary>
    /// <exception cref="InvalidDataException">It is signed, and the signature is malformed or of another package.</exception>
    public static PackageSignature? Read(Stream zip)
    {
        try
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.GetEntry(EntryName) is not { } entry)
                return null;
            return Read(Envelope(entry), DigestOf(archive));
        }
        catch (Exception malformed) when (malformed
            is CryptographicException or AsnContentException or FormatException or ArgumentException or NotSupportedException or EndOfStreamException)
        {
            throw new InvalidDataException(malformed.Message, malformed);
        }
    }

    static PackageSignature Read(byte[] message, byte[] digest)
    {
        var cms = new SignedCms(new ContentInfo(digest), detached: true);
        cms.Decode(message);
        if (cms.SignerInfos is not [var signer] || signer.Certificate is not { } certificate || !Digests.Contains(signer.DigestAlgorithm.Value ?? ""))
            throw new InvalidDataException("There must be one signer, with a certificate and a digest of SHA-2.");
        signer.CheckSignature(verifySignatureOnly: true);
        return new PackageSignature
        {
            ProfileVersionArn = Text(Attribute(signer, SigningProfile) ?? throw new InvalidDataException("No signing profile.")),
            JobArn = Attribute(signer, SigningJob) is { } job ? Text(job) : null,
            SignedAt = Time(Attribute(signer, SigningTime) ?? throw new InvalidDataException("No signing time.")),
            Expires = Time(Attribute(signer, Expiry) ?? throw new InvalidDataException("No expiry.")),
            Certificate = certificate,
            Certificates = cms.Certificates,
        };
    }

    /// <summary>
    /// Names and bodies in the order of the archive, one after the other. (They are not framed, so this form cannot tell where a name
    /// ends and its body begins: AWS's choice.)
    /// </summary>
    static byte[] DigestOf(ZipArchive archive)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        var buffer = new byte[1 << 16];
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName == EntryName)
                continue;
            hash.AppendData(Encoding.UTF8.GetBytes(entry.FullName));
            using var body = entry.Open();
            for (int read; (read = body.Read(buffer)) > 0;)
                hash.AppendData(buffer.AsSpan(0, read));
        }

        return hash.GetHashAndReset();
    }

    static byte[] Envelope(ZipArchiveEntry entry)
    {
        if (entry.Length > MaxSignatureBytes)
            throw new InvalidDataException("The signature is too long.");
        using var text = new StreamReader(entry.Open(), Encoding.ASCII);
        var pem = text.ReadToEnd();
        return PemEncoding.TryFind(pem, out var fields) ? Convert.FromBase64String(pem[fields.Base64Data]) : throw new InvalidDataException("No PEM.");
    }

    /// <summary>The only value of a signed attribute; null when there is no such attribute.</summary>
    static byte[]? Attribute(SignerInfo signer, string oid)
    {
        byte[]? found = null;
        foreach (var attribute in signer.SignedAttributes)
        {
            if (attribute.Oid.Value != oid)
                continue;
            if (found is not null || attribute.Values is not [var value])
                throw new InvalidDataException($"Attribute {oid} has more than one value.");
            found = value.RawData;
        }

        return found;
    }

    static string Text(byte[] value) => new AsnReader(value, AsnEncodingRules.BER).ReadCharacterString(UniversalTagNumber.UTF8String);

    static DateTimeOffset Time(byte[] value)
    {
        var reader = new AsnReader(value, AsnEncodingRules.BER);
        return reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
    }
}
