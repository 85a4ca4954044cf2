using System.Buffers.Binary;
using System.Formats.Asn1;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Pilotlight.Cli;

/// <summary>Signs a package in the form that AWS Signer gives it (docs/decisions/0004).</summary>
/// <param name="certificate">With its private key; made for code signing.</param>
/// <param name="chain">What leads from the certificate to its root.</param>
sealed class PackageSigner(X509Certificate2 certificate, X509Certificate2Collection chain)
{
    const string Folder = "META_INF/", File = Folder + "aws_signer_signature_v1.0.SF";

    const int FolderMode = 0b100_000_111_101_101;

    const string Sha384 = "2.16.840.1.101.3.4.2.2";
    const string SigningTime = "1.2.840.113549.1.9.5";
    /// <summary>Ours, not AWS's: a digest in which every name, mode and body is framed by its length.</summary>
    const string FramedDigest = "2.25.230049933897911872897367749206258322749";

    const string SigningJob = "1.3.187.137.1.2", Expiry = "1.3.187.137.1.3", SigningProfile = "1.3.187.137.1.4";

    public required string ProfileVersionArn { get; init; }
    public required string JobArn { get; init; }
    public required DateTimeOffset SignedAt { get; init; }
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The zip with the signature in it. Its other entries stay as they are.</summary>
    /// <exception cref="InvalidDataException">It is no zip, or has a signature already.</exception>
    public byte[] Sign(byte[] zip)
    {
        var hasFolder = false;
        byte[] digest, framed;
        using (var unsigned = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read))
        {
            if (unsigned.Entries.Count == 0)
                throw new InvalidDataException("the package is empty");
            if (unsigned.GetEntry(File) is not null)
                throw new InvalidDataException("the package is signed already");
            hasFolder = unsigned.GetEntry(Folder) is not null;
            (digest, framed) = DigestsOf(unsigned, hasFolder ? "" : Folder);
        }

        var signed = new MemoryStream();
        signed.Write(zip);
        using (var archive = new ZipArchive(signed, ZipArchiveMode.Update, leaveOpen: true))
        {
            if (!hasFolder)
                Add(archive, Folder, FolderMode, "");
            Add(archive, File, 0b1000_000_110_100_100, PemEncoding.WriteString("PKCS7", Message(digest, framed)) + "\n");
        }

        return signed.ToArray();
    }

    byte[] Message(byte[] digest, byte[] framed)
    {
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate)
        {
            DigestAlgorithm = new Oid(Sha384),
            IncludeOption = X509IncludeOption.EndCertOnly,
        };
        foreach (var other in chain)
        {
            if (other.Thumbprint != certificate.Thumbprint)
                signer.Certificates.Add(other);
        }

        Attribute(SigningTime, writer => writer.WriteGeneralizedTime(SignedAt, omitFractionalSeconds: true));
        Attribute(Expiry, writer => writer.WriteGeneralizedTime(Expires, omitFractionalSeconds: true));
        Attribute(SigningJob, writer => writer.WriteCharacterString(UniversalTagNumber.UTF8String, JobArn));
        Attribute(SigningProfile, writer => writer.WriteCharacterString(UniversalTagNumber.UTF8String, ProfileVersionArn));
        Attribute(FramedDigest, writer => writer.WriteOctetString(framed));
        var cms = new SignedCms(new ContentInfo(digest), detached: true);
        cms.ComputeSignature(signer, silent: true);
        return cms.Encode();

        void Attribute(string oid, Action<AsnWriter> write)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            write(writer);
            signer.SignedAttributes.Add(new AsnEncodedData(new Oid(oid), writer.Encode()));
        }
    }

    /// <summary>Names and bodies in the order of the archive, and the folder that will be added; as AWS takes them, and framed.</summary>
    static (byte[] Plain, byte[] Framed) DigestsOf(ZipArchive archive, string added)
    {
        using var plain = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        using var framed = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        foreach (var entry in archive.Entries)
        {
            using var body = entry.Open();
            using var bytes = new MemoryStream();
            body.CopyTo(bytes);
            Append(entry.FullName, entry.ExternalAttributes, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }

        if (added.Length > 0)
            Append(added, FolderMode << 16, []);
        return (plain.GetHashAndReset(), framed.GetHashAndReset());

        void Append(string name, int mode, ReadOnlySpan<byte> body)
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            Span<byte> frame = stackalloc byte[20];
            BinaryPrimitives.WriteInt64BigEndian(frame, bytes.Length);
            BinaryPrimitives.WriteInt64BigEndian(frame[8..], body.Length);
            BinaryPrimitives.WriteInt32BigEndian(frame[16..], mode);
            framed.AppendData(frame);
            framed.AppendData(bytes);
            framed.AppendData(body);
            plain.AppendData(bytes);
            plain.AppendData(body);
        }
    }

    void Add(ZipArchive archive, string name, int mode, string text)
    {
        var entry = archive.CreateEntry(name);
        entry.LastWriteTime = SignedAt;
        entry.ExternalAttributes = mode << 16;
        if (text.Length == 0)
            return;
        using var body = entry.Open();
        body.Write(Encoding.ASCII.GetBytes(text));
    }
}
