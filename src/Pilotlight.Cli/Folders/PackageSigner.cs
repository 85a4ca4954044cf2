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

    const string Sha384 = "2.16.840.1.101.3.4.2.2";
    const string SigningTime = "1.2.840.113549.1.9.5";
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
        byte[] digest;
        using (var unsigned = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read))
        {
            if (unsigned.Entries.Count == 0)
                throw new InvalidDataException("the package is empty");
            if (unsigned.GetEntry(File) is not null)
                throw new InvalidDataException("the package is signed already");
            hasFolder = unsigned.GetEntry(Folder) is not null;
            digest = DigestOf(unsigned, hasFolder ? "" : Folder);
        }

        var signed = new MemoryStream();
        signed.Write(zip);
        using (var archive = new ZipArchive(signed, ZipArchiveMode.Update, leaveOpen: true))
        {
            if (!hasFolder)
                Add(archive, Folder, 0b100_000_111_101_101, "");
            Add(archive, File, 0b1000_000_110_100_100, PemEncoding.WriteString("PKCS7", Message(digest)) + "\n");
        }

        return signed.ToArray();
    }

    byte[] Message(byte[] digest)
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

    /// <summary>Names and bodies in the order of the archive, and the name of the folder that will be added.</summary>
    static byte[] DigestOf(ZipArchive archive, string added)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        foreach (var entry in archive.Entries)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(entry.FullName));
            using var body = entry.Open();
            using var bytes = new MemoryStream();
            body.CopyTo(bytes);
            hash.AppendData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(added));
        return hash.GetHashAndReset();
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
