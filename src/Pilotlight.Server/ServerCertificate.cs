using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pilotlight.Storage;

namespace Pilotlight;

/// <summary>
/// What the server shows for TLS: a certificate of the operator's, or one that it makes itself at its first start beyond loopback and
/// keeps in the data folder.
/// </summary>
sealed class ServerCertificate
{
    const int ValidYears = 10;

    /// <summary>Value of <c>Server:Certificate</c> for plain HTTP, behind a TLS proxy.</summary>
    public const string None = "none";

    /// <summary>Value of <c>Server:Certificate</c> for one that the server makes.</summary>
    public const string Generated = "generated";

    public required X509Certificate2 Certificate { get; init; }

    /// <summary>The PEM file that clients may trust (<c>AWS_CA_BUNDLE</c>) when the server made the certificate itself; else null.</summary>
    public string? GeneratedFile { get; init; }

    /// <summary>Null for plain HTTP.</summary>
    /// <exception cref="InvalidOperationException">The settings name no usable certificate.</exception>
    public static ServerCertificate? Open(ServerOptions options, DataFolder folder, bool loopback, TimeProvider time)
    {
        var wanted = options.Certificate.Length > 0 ? options.Certificate : loopback ? None : Generated;
        if (wanted == None)
            return null;
        if (wanted == Generated)
            return Generate(folder, options.Host, time);
        try
        {
            return new ServerCertificate { Certificate = Read(options) };
        }
        catch (Exception failed) when (failed is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"Server:Certificate '{options.Certificate}' cannot be used: {failed.Message} It is a PEM file (with Server:CertificateKey), or a "
                + "PKCS#12 file (with Server:CertificatePassword).");
        }
    }

    static X509Certificate2 Read(ServerOptions options)
    {
        if (Path.GetExtension(options.Certificate) is ".pfx" or ".p12")
            return X509CertificateLoader.LoadPkcs12FromFile(options.Certificate, options.CertificatePassword);
        var key = options.CertificateKey.Length > 0 ? options.CertificateKey : options.Certificate;
        return options.CertificatePassword.Length > 0
            ? X509Certificate2.CreateFromEncryptedPemFile(options.Certificate, options.CertificatePassword, key)
            : X509Certificate2.CreateFromPemFile(options.Certificate, key);
    }

    static ServerCertificate Generate(DataFolder folder, string host, TimeProvider time)
    {
        var file = Path.Combine(folder.Root, "certificate.pem");
        var keyFile = Path.Combine(folder.Root, "certificate.key");
        if (!File.Exists(file) || !File.Exists(keyFile))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var made = Make(key, host, time.GetUtcNow());
            // The key first, readable by its owner only: a certificate without its key is made again.
            using (var stream = new FileStream(keyFile, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            using (var writer = new StreamWriter(stream))
                writer.Write(key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(file, made.ExportCertificatePem());
        }

        return new ServerCertificate { Certificate = X509Certificate2.CreateFromPemFile(file, keyFile), GeneratedFile = file };
    }

    static X509Certificate2 Make(ECDsa key, string host, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Pilotlight", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var name in new[] { Dns.GetHostName(), host }.Where(name => Uri.CheckHostName(name) == UriHostNameType.Dns && name != "localhost").Distinct())
            names.AddDnsName(name);
        foreach (var address in Addresses(host))
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        // Its own authority: clients trust this one certificate, and it cannot vouch for others below it.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(ValidYears));
    }

    static IEnumerable<IPAddress> Addresses(string host) => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(face => face.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => !address.IsIPv6LinkLocal)
        .Append(IPAddress.Loopback)
        .Concat(IPAddress.TryParse(host, out var bound) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any) ? [bound] : [])
        .Distinct();
}
