using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pilotlight.Tests;

/// <summary>A publisher whose signatures the platform under test believes: its root, a certificate for code signing, and the key of that.</summary>
sealed class SigningPublisher : IDisposable
{
    public SigningPublisher()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var rootRequest = new CertificateRequest("CN=conformance root", rootKey, HashAlgorithmName.SHA384);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(10));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest("CN=conformance signer", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        using var signer = request.Create(root, now.AddHours(-1), now.AddDays(9), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(RootFile, root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "signer.pem"), signer.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "signer.key"), key.ExportPkcs8PrivateKeyPem());
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pilotlight-signing-").FullName;

    public string RootFile => Path.Combine(Folder, "root.pem");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
