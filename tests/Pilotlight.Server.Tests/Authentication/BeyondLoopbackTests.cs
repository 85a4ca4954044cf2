using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Testing;

namespace Pilotlight.Authentication;

/// <summary>What changes once others can reach the platform: TLS, no well-known key, a root key shown once, and patience with failed signatures.</summary>
public sealed class BeyondLoopbackTests
{
    static FakeSandboxDriver Driver => new(async context => await context.ServeAsync((_, body) => body));

    static async Task<(HttpStatusCode Status, string Body)> GetAsync(Uri endpoint, X509Certificate2 trusted, string key, string secret)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { trusted },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, "/2015-03-31/functions"));
        foreach (var (name, value) in new SignedClient(endpoint, key, secret).Sign("lambda", HttpMethod.Get, "/2015-03-31/functions", []))
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Serves_TLS_with_a_certificate_and_a_root_key_of_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-tls-").FullName;
        try
        {
            byte[] first;
            string key, secret;
            await using (var server = await PilotlightServer.StartAsync(Driver, dataFolder: folder, configure: options => options.Server.Host = "0.0.0.0"))
            {
                var root = server.Platform.NewRootKey!;
                (key, secret) = (root.AccessKeyId, root.SecretAccessKey);
                var here = new Uri($"https://127.0.0.1:{server.Endpoint.Port}");
                using var trusted = X509CertificateLoader.LoadCertificateFromFile(server.Platform.GeneratedCertificate!);
                first = trusted.RawData;
                Assert.Equal((HttpStatusCode.OK, """{"Functions":[]}"""), await GetAsync(here, trusted, key, secret));
                Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(here, trusted, "test", "test")).Status);
                var keyFile = new FileInfo(Path.Combine(folder, "certificate.key"));
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, keyFile.UnixFileMode);
            }

            await using (var again = await PilotlightServer.StartAsync(Driver, dataFolder: folder, configure: options => options.Server.Host = "0.0.0.0"))
            {
                Assert.Null(again.Platform.NewRootKey);
                using var kept = X509CertificateLoader.LoadCertificateFromFile(again.Platform.GeneratedCertificate!);
                Assert.Equal(first, kept.RawData);
                Assert.Equal(HttpStatusCode.OK, (await GetAsync(new Uri($"https://127.0.0.1:{again.Endpoint.Port}"), kept, key, secret)).Status);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Shows_the_certificate_that_the_operator_names()
    {
        var folder = Directory.CreateTempSubdirectory("pilotlight-tls-").FullName;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            var request = new CertificateRequest("CN=mine", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
            using var mine = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var (pem, pemKey, pfx) = (Path.Combine(folder, "mine.pem"), Path.Combine(folder, "mine.key"), Path.Combine(folder, "mine.pfx"));
            await File.WriteAllTextAsync(pem, mine.ExportCertificatePem());
            await File.WriteAllTextAsync(pemKey, key.ExportPkcs8PrivateKeyPem());
            await File.WriteAllBytesAsync(pfx, mine.Export(X509ContentType.Pfx, "pass"));
            foreach (var configure in new Action<ServerOptions>[]
            {
                options => (options.Certificate, options.CertificateKey) = (pem, pemKey),
                options => (options.Certificate, options.CertificatePassword) = (pfx, "pass"),
            })
            {
                await using var server = await PilotlightServer.StartAsync(Driver, configure: options => configure(options.Server));
                Assert.Null(server.Platform.GeneratedCertificate);
                Assert.Equal("https", server.Endpoint.Scheme);
                Assert.Equal(HttpStatusCode.OK, (await GetAsync(server.Endpoint, mine, "test", "test")).Status);
            }

            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                PilotlightServer.StartAsync(Driver, configure: options => options.Server.Certificate = Path.Combine(folder, "none.pem")));
            Assert.Contains("Server:Certificate", refused.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_address_that_fails_too_often_waits_and_others_do_not()
    {
        var time = new FakeTimeProvider();
        var failed = new FailedSignatures(new AuthenticationOptions { FailuresPerMinute = 3 }, time);
        var (bad, good) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        for (var i = 0; i < 3; i++)
        {
            Assert.False(failed.TurnsAway(bad));
            failed.Count(bad);
        }

        Assert.True(failed.TurnsAway(bad));
        Assert.True(failed.TurnsAway(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.False(failed.TurnsAway(good));
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.True(failed.TurnsAway(bad));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(failed.TurnsAway(bad));
        Assert.Equal((3, 3), (failed.Total, failed.TurnedAway));
    }

    [Fact]
    public void A_host_has_a_whole_IPv6_network_and_this_machine_never_waits()
    {
        var failed = new FailedSignatures(new AuthenticationOptions { FailuresPerMinute = 1 }, new FakeTimeProvider());
        failed.Count(IPAddress.Parse("2001:db8::1"));
        Assert.True(failed.TurnsAway(IPAddress.Parse("2001:db8::ffff")));
        Assert.False(failed.TurnsAway(IPAddress.Parse("2001:db8:0:1::1")));
        failed.Count(IPAddress.Loopback);
        failed.Count(IPAddress.IPv6Loopback);
        failed.Count(null);
        Assert.False(failed.TurnsAway(IPAddress.Loopback));
        Assert.False(failed.TurnsAway(IPAddress.IPv6Loopback));
        Assert.Equal(4, failed.Total);
    }

    [Fact]
    public void Strangers_do_not_fill_the_memory()
    {
        var failed = new FailedSignatures(new AuthenticationOptions(), new FakeTimeProvider());
        Span<byte> address = [10, 0, 0, 0];
        for (var i = 0; i < 100_000; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(address, 0x0A000000 + i);
            failed.Count(new IPAddress(address));
        }

        Assert.InRange(failed.Remembered, 1, 16 * 1024);
    }
}
