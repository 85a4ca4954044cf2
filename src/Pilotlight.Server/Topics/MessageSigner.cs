using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Pilotlight.Storage;

namespace Pilotlight.Topics;

/// <summary>
/// Signs messages with a key of this platform's own, and shows its certificate. Both are made when they are first needed and kept in the
/// data folder; whoever verifies fetches the certificate from the platform, as from AWS.
/// </summary>
sealed class MessageSigner(DataFolder folder, TimeProvider time) : IDisposable
{
    const int KeyBits = 2048;
    const int ValidYears = 30;

    readonly Lock _gate = new();

    RSA? _key;
    string? _certificate;
    string _id = "";
    (string Text, string Version, string Signature) _last;

    /// <summary>Base64.</summary>
    /// <param name="version">1: SHA-1; 2: SHA-256.</param>
    public string Sign(string text, string version)
    {
        lock (_gate)
        {
            // One message goes to many endpoints, mostly in the same words.
            if (_last.Text == text && _last.Version == version)
                return _last.Signature;
            var hash = version == "2" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1;
            var signature = Convert.ToBase64String(OpenedLocked().SignData(Encoding.UTF8.GetBytes(text), hash, RSASignaturePadding.Pkcs1));
            _last = (text, version, signature);
            return signature;
        }
    }

    /// <param name="address">The platform as whoever verifies reaches it.</param>
    public string CertificateUrl(string address)
    {
        lock (_gate)
            OpenedLocked();
        return $"{address}/_sns/SimpleNotificationService-{_id}.pem";
    }

    /// <summary>PEM; null when the certificate is another one.</summary>
    public string? Certificate(string id)
    {
        lock (_gate)
            OpenedLocked();
        return id == _id ? _certificate : null;
    }

    public void Dispose() => _key?.Dispose();

    RSA OpenedLocked()
    {
        if (_key is not null)
            return _key;
        var pem = Encoding.ASCII.GetString(SecretFile.ReadOrCreate(Path.Combine(folder.Root, "sns-signing.pem"), Make));
        using var certificate = X509Certificate2.CreateFromPem(pem, pem);
        _id = Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))[..32];
        _certificate = certificate.ExportCertificatePem() + "\n";
        return _key = certificate.GetRSAPrivateKey()!;
    }

    byte[] Make()
    {
        using var key = RSA.Create(KeyBits);
        var request = new CertificateRequest("CN=sns.amazonaws.com, O=Pilotlight", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(ValidYears));
        return Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
