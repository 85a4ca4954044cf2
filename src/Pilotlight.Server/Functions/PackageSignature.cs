using System.Buffers.Binary;
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

    /// <summary>Of <c>./pilotlight sign</c>, not of AWS: a digest in which every name, mode and body is framed by its length.</summary>
    const string FramedDigest = "2.25.230049933897911872897367749206258322749";

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
            var (plain, framed) = DigestsOf(archive);
            return Read(Envelope(entry), plain, framed);
        }
        catch (Exception malformed) when (malformed
            is CryptographicException or AsnContentException or FormatException or ArgumentException or NotSupportedException or EndOfStreamException)
        {
            throw new InvalidDataException(malformed.Message, malformed);
        }
    }

    static PackageSignature Read(byte[] message, byte[] plain, byte[] framed)
    {
        var cms = new SignedCms(new ContentInfo(plain), detached: true);
        cms.Decode(message);
        if (cms.SignerInfos is not [var signer] || signer.Certificate is not { } certificate || !Digests.Contains(signer.DigestAlgorithm.Value ?? ""))
            throw new InvalidDataException("There must be one signer, with a certificate and a digest of SHA-2.");
        signer.CheckSignature(verifySignatureOnly: true);
        if (Attribute(signer, FramedDigest) is { } signed && !new AsnReader(signed, AsnEncodingRules.BER).ReadOctetString().AsSpan().SequenceEqual(framed))
            throw new InvalidDataException("Not the entries that were signed.");
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
    /// Names and bodies in the order of the archive. AWS signs them one after the other, so that its digest cannot tell where a name
    /// ends and its body begins; the framed one can.
    /// </summary>
    static (byte[] Plain, byte[] Framed) DigestsOf(ZipArchive archive)
    {
        using var plain = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        using var framed = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        var buffer = new byte[1 << 16];
        Span<byte> frame = stackalloc byte[20];
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName == EntryName)
                continue;
            var name = Encoding.UTF8.GetBytes(entry.FullName);
            BinaryPrimitives.WriteInt64BigEndian(frame, name.Length);
            BinaryPrimitives.WriteInt64BigEndian(frame[8..], entry.Length);
            BinaryPrimitives.WriteInt32BigEndian(frame[16..], entry.ExternalAttributes);
            framed.AppendData(frame);
            framed.AppendData(name);
            plain.AppendData(name);
            using var body = entry.Open();
            for (int read; (read = body.Read(buffer)) > 0;)
            {
                framed.AppendData(buffer.AsSpan(0, read));
                plain.AppendData(buffer.AsSpan(0, read));
            }
        }

        return (plain.GetHashAndReset(), framed.GetHashAndReset());
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
