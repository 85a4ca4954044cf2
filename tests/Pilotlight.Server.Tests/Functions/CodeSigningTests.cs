using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Functions;

/// <summary>Real certificates and real signatures, over the real API.</summary>
public sealed class CodeSigningTests : IAsyncLifetime
{
    const string Configs = "/2020-04-22/code-signing-configs";
    const string Profile = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/team/0123456789";
    const string OtherProfile = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/others/0123456789";

    static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    readonly string _folder = Directory.CreateTempSubdirectory("pilotlight-signing-").FullName;
    readonly Authority _team = new("team");
    readonly Authority _stranger = new("stranger");
    FunctionsServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var roots = Path.Combine(_folder, "team.pem");
        await File.WriteAllTextAsync(roots, _team.Root.ExportCertificatePem());
        _server = new FunctionsServer
        {
            CodeSigning = new() { Publishers = [new() { CertificateFile = roots, Profiles = [Profile, OtherProfile[..^10] + "*"] }], Revoked = ["arn:aws:signer:eu-central-1:123456789012:/signing-jobs/revoked"] },
        };
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    static byte[] Code(string text = "code") => Zips.Of(("app.py", text), ("lib/b.py", "more"));

    byte[] Signed(byte[] zip, Authority? by = null, string profile = Profile, string job = "1", int days = 100, DateTimeOffset? at = null) =>
        new PackageSigner((by ?? _team).Signer, new X509Certificate2Collection((by ?? _team).Root))
        {
            ProfileVersionArn = profile,
            JobArn = $"arn:aws:signer:eu-central-1:123456789012:/signing-jobs/{job}",
            SignedAt = at ?? Now,
            Expires = Now.AddDays(days),
        }.Sign(zip);

    async Task<string> ConfigAsync(string policy, params string[] profiles)
    {
        var answer = await _server.PostAsync(Configs, new JsonObject
        {
            ["AllowedPublishers"] = new JsonObject { ["SigningProfileVersionArns"] = new JsonArray([.. profiles.Select(profile => (JsonNode)profile)]) },
            ["CodeSigningPolicies"] = new JsonObject { ["UntrustedArtifactOnDeployment"] = policy },
        });
        Assert.Equal(201, answer.Status);
        return answer.Json.GetProperty("CodeSigningConfig").GetProperty("CodeSigningConfigArn").GetString()!;
    }

    Task<Answer> CreateAsync(string name, byte[] zip, string? config, params string[] layers)
    {
        var body = FunctionsServer.Minimal(name);
        body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) };
        if (config is not null)
            body["CodeSigningConfigArn"] = config;
        if (layers.Length > 0)
            body["Layers"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer)]);
        return _server.CreateAsync(body);
    }

    static void IsNotVerified(Answer answer, string artifact) => answer.IsRefusedWith(400, "CodeVerificationFailedException",
        "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. "
        + $"Check the provided signature for {artifact}.");

    static void IsBroken(Answer answer, string artifact) => answer.IsRefusedWith(400, "InvalidCodeSignatureException",
        $"Lambda cannot deploy the function. The code signature failed the integrity check. Check the provided signature for {artifact}.");

    [Fact]
    public async Task Signed_code_is_deployed_and_shows_its_signature()
    {
        var config = await ConfigAsync("Enforce", Profile);

        var created = await CreateAsync("signed", Signed(Code()), config);

        Assert.Equal(201, created.Status);
        Assert.Equal((Profile, "arn:aws:signer:eu-central-1:123456789012:/signing-jobs/1"), (created.Text("SigningProfileVersionArn"), created.Text("SigningJobArn")));
        await _server.SettledAsync("signed");
        var update = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Signed(Code("new"), job: "2")) };
        Assert.EndsWith("/2", (await _server.PutAsync("/2015-03-31/functions/signed/code", update)).Text("SigningJobArn"));
        await _server.SettledAsync("signed");
        IsNotVerified(await _server.PutAsync("/2015-03-31/functions/signed/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(Code()) }), "signed");
        Assert.EndsWith("/2", (await _server.GetAsync("/2015-03-31/functions/signed/configuration")).Text("SigningJobArn"));
        Assert.Equal(201, (await CreateAsync("free", Signed(Code()), null)).Status);
        Assert.Equal(Profile, (await _server.GetAsync("/2015-03-31/functions/free/configuration")).Text("SigningProfileVersionArn"));
    }

    [Fact]
    public async Task Enforce_refuses_what_is_unsigned_untrusted_expired_revoked_or_not_allowed()
    {
        var config = await ConfigAsync("Enforce", Profile);
        foreach (var zip in new[]
        {
            Code(), Signed(Code(), _stranger), Signed(Code(), profile: OtherProfile), Signed(Code(), days: -1), Signed(Code(), job: "revoked"),
            Signed(Code(), at: Now.AddDays(1)), Signed(Code(), profile: "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/unheard/of"),
            Signed(Code(), at: Now.AddYears(-5)),
        })
            IsNotVerified(await CreateAsync("refused", zip, config), "refused");
        Assert.Equal(404, (await _server.GetAsync("/2015-03-31/functions/refused")).Status);
        _server.Time.Advance(TimeSpan.FromDays(101));
        IsNotVerified(await CreateAsync("refused", Signed(Code()), config), "refused");
    }

    [Fact]
    public async Task A_certificate_that_is_not_for_code_signing_signs_nothing()
    {
        var other = new Authority("team", _team, "1.3.6.1.5.5.7.3.1");
        IsNotVerified(await CreateAsync("refused", Signed(Code(), other), await ConfigAsync("Enforce", Profile)), "refused");
    }

    [Fact]
    public async Task Warn_lets_the_same_pass_and_shows_only_a_signature_that_holds()
    {
        var config = await ConfigAsync("Warn", Profile);
        Assert.Equal(201, (await CreateAsync("warned", Code(), config)).Status);
        foreach (var (name, zip) in new[] { ("warned-stranger", Signed(Code(), _stranger)), ("warned-expired", Signed(Code(), days: -1)) })
        {
            var created = await CreateAsync(name, zip, config);
            Assert.Equal((201, false), (created.Status, created.Has("SigningProfileVersionArn")));
        }

        Assert.Equal(OtherProfile, (await CreateAsync("warned-other", Signed(Code(), profile: OtherProfile), config)).Text("SigningProfileVersionArn"));
    }

    [Fact]
    public async Task What_was_changed_after_it_was_signed_is_refused_even_by_Warn()
    {
        var config = await ConfigAsync("Warn", Profile);
        var signed = Signed(Code());
        byte[][] broken =
        [
            Changed(signed, archive => Replace(archive, "app.py", "evil")),
            Changed(signed, archive => Zips.Add(archive, "added.py", "evil")),
            Changed(signed, archive => archive.GetEntry("lib/b.py")!.Delete()),
            // These have the digest that AWS signs.
            Joined(signed),
            Changed(signed, archive => archive.GetEntry("app.py")!.ExternalAttributes = 0x81ED << 16),
            Changed(signed, archive => Replace(archive, Entry, "no signature at all")),
            Changed(signed, archive => Replace(archive, Entry, "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n")),
            Changed(signed, archive => Replace(archive, Entry, Flipped(Text(archive)))),
            Changed(signed, archive => Replace(archive, Entry, Text(archive)[..400] + "\n-----END PKCS7-----\n")),
            Changed(Code("other"), archive => Zips.Add(archive, Entry, Text(new ZipArchive(new MemoryStream(signed))))),
        ];
        foreach (var zip in broken)
            IsBroken(await CreateAsync("broken", zip, config), "broken");
        // Who demands no signature is not hindered by a bad one.
        Assert.Equal((201, false), (await CreateAsync("careless", broken[0], null)) is var careless ? (careless.Status, careless.Has("SigningProfileVersionArn")) : default);
    }

    [Fact]
    public async Task Random_damage_never_makes_a_signature_say_something_else_and_never_breaks_anything()
    {
        var config = await ConfigAsync("Enforce", Profile);
        var signed = Signed(Code());
        var random = new Random(4);
        var envelope = Convert.FromBase64String(string.Concat(Text(new ZipArchive(new MemoryStream(signed))).Split('\n')[1..^2]));
        for (var n = 0; n < 40; n++)
        {
            var damaged = envelope.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            var zip = Changed(signed, archive => Replace(archive, Entry, PemEncoding.WriteString("PKCS7", damaged)));
            var answer = await CreateAsync($"damaged-{n}", zip, config);
            // Not every byte of the message is signed: the root that it carries, for one, is not even looked at.
            Assert.True(
                answer.Status == 400 || (answer.Text("SigningProfileVersionArn"), answer.Text("SigningJobArn")) == (Profile, "arn:aws:signer:eu-central-1:123456789012:/signing-jobs/1"),
                answer.Body);
        }
    }

    [Fact]
    public async Task A_package_that_was_signed_byte_by_byte_without_any_of_our_code_is_accepted()
    {
        if (!File.Exists("/usr/bin/python3") || !File.Exists("/usr/bin/openssl"))
            Assert.Skip("python3 and openssl are needed to make the package");
        var root = Path.Combine(_folder, "by-hand.pem");
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Source(), "signed_package.py"), root]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var zip = Convert.FromBase64String(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await using var server = new FunctionsServer { CodeSigning = new() { Publishers = [new() { CertificateFile = root, Profiles = [Profile] }] } };
        server.Time.SetUtcNow(TimeProvider.System.GetUtcNow().AddMinutes(1));
        await server.InitializeAsync();

        await server.CreateActiveAsync("by-hand", body => body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) });

        var shown = await server.GetAsync("/2015-03-31/functions/by-hand/configuration");
        Assert.Equal((Profile, "arn:aws:signer:eu-central-1:123456789012:/signing-jobs/by-hand"), (shown.Text("SigningProfileVersionArn"), shown.Text("SigningJobArn")));

        static string Source([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
    }

    [Fact]
    public async Task Layers_must_be_signed_too()
    {
        var config = await ConfigAsync("Enforce", Profile);
        var good = await PublishAsync("good", Signed(Code()));
        Assert.Equal(Profile, good.Json.GetProperty("Content").GetProperty("SigningProfileVersionArn").GetString());
        var bad = await PublishAsync("bad", Code());
        var tampered = await PublishAsync("tampered", Changed(Signed(Code()), archive => Zips.Add(archive, "x", "y")));

        var created = await CreateAsync("layered", Signed(Code()), config, good.Text("LayerVersionArn"));

        Assert.Equal(Profile, created.Json.GetProperty("Layers")[0].GetProperty("SigningProfileVersionArn").GetString());
        IsNotVerified(await CreateAsync("unsigned-layer", Signed(Code()), config, good.Text("LayerVersionArn"), bad.Text("LayerVersionArn")), bad.Text("LayerVersionArn"));
        await _server.SettledAsync("layered");
        IsNotVerified(await UpdateAsync(bad), bad.Text("LayerVersionArn"));
        IsBroken(await UpdateAsync(tampered), tampered.Text("LayerVersionArn"));
        Assert.Equal(200, (await _server.PutAsync("/2015-03-31/functions/layered/configuration", new JsonObject { ["Timeout"] = 5 })).Status);

        Task<Answer> PublishAsync(string name, byte[] zip) => _server.PostAsync($"/2018-10-31/layers/{name}/versions", new JsonObject { ["Content"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) } });
        Task<Answer> UpdateAsync(Answer layer) => _server.PutAsync("/2015-03-31/functions/layered/configuration", new JsonObject { ["Layers"] = new JsonArray(layer.Text("LayerVersionArn")) });
    }

    [Fact]
    public async Task Configurations_live_as_AWSs_do()
    {
        var created = await _server.PostAsync(Configs + "/", JsonNode.Parse($$$"""{"Description":"d","AllowedPublishers":{"SigningProfileVersionArns":["{{{Profile}}}"]},"Tags":{"a":"b"}}""")!);
        var config = created.Json.GetProperty("CodeSigningConfig");
        var arn = config.GetProperty("CodeSigningConfigArn").GetString()!;
        Assert.Matches($"^arn:aws:lambda:{FunctionsServer.Region}:{FunctionsServer.Account}:code-signing-config:csc-[a-z0-9]{{17}}$", arn);
        Assert.Equal(("d", "Warn", arn.Split(':')[^1]), (config.GetProperty("Description").GetString(), config.GetProperty("CodeSigningPolicies").GetProperty("UntrustedArtifactOnDeployment").GetString(), config.GetProperty("CodeSigningConfigId").GetString()));
        var path = $"{Configs}/{Uri.EscapeDataString(arn)}";
        Assert.Equal(created.Body, (await _server.GetAsync(path)).Body);
        var updated = await _server.PutAsync(path, JsonNode.Parse("""{"CodeSigningPolicies":{"UntrustedArtifactOnDeployment":"Enforce"}}""")!);
        Assert.Equal((200, true, true), (updated.Status, updated.Body.Contains("Enforce"), updated.Body.Contains(Profile)));
        Assert.Contains(arn, (await _server.GetAsync(Configs)).Body);
        var tags = $"/2017-03-31/tags/{Uri.EscapeDataString(arn)}";
        Assert.Equal("""{"Tags":{"a":"b"}}""", (await _server.GetAsync(tags)).Body);
        Assert.Equal(204, (await _server.PostAsync(tags, JsonNode.Parse("""{"Tags":{"c":"d"}}""")!)).Status);
        Assert.Equal(204, (await _server.DeleteAsync(tags + "?tagKeys=a")).Status);
        Assert.Equal("""{"Tags":{"c":"d"}}""", (await _server.GetAsync(tags)).Body);

        await _server.CreateActiveAsync("configured");
        const string ofFunction = "/2020-06-30/functions/configured/code-signing-config";
        Assert.Equal("{}", (await _server.GetAsync(ofFunction)).Body);
        var put = await _server.PutAsync(ofFunction, new JsonObject { ["CodeSigningConfigArn"] = arn });
        Assert.Equal((200, $$"""{"CodeSigningConfigArn":"{{arn}}","FunctionName":"configured"}"""), (put.Status, put.Body));
        Assert.Equal(put.Body, (await _server.GetAsync(ofFunction)).Body);
        Assert.Equal($$"""{"FunctionArns":["{{FunctionsServer.ArnOf("configured")}}"]}""", (await _server.GetAsync(path + "/functions")).Body);
        Assert.Equal((409, "ResourceConflictException"), (await _server.DeleteAsync(path)) is var used ? (used.Status, used.ErrorType) : default);
        Assert.Equal(204, (await _server.DeleteAsync(ofFunction)).Status);
        Assert.Equal(204, (await _server.DeleteAsync(ofFunction)).Status);
        Assert.Equal("{}", (await _server.GetAsync(ofFunction)).Body);
        Assert.Equal((204, ""), (await _server.DeleteAsync(path)) is var gone ? (gone.Status, gone.Body) : default);
        Assert.Equal(404, (await _server.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Refuses_in_AWSs_words()
    {
        var missing = $"arn:aws:lambda:{FunctionsServer.Region}:{FunctionsServer.Account}:code-signing-config:csc-12345678901234567";
        var path = $"{Configs}/{Uri.EscapeDataString(missing)}";
        var notFound = $"The Lambda code signing configuration {missing} can not be found.";
        foreach (var (method, at, body) in new[] { ("GET", path, null), ("PUT", path, "{}"), ("DELETE", path, null), ("GET", path + "/functions", null), ("GET", $"/2017-03-31/tags/{Uri.EscapeDataString(missing)}", null) })
        {
            var answer = await _server.SendAsync(method, at, body);
            answer.IsRefusedWith(404, "ResourceNotFoundException", notFound);
            Assert.False(answer.Has("Type"));
        }

        var unknown = $"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {missing}.";
        (await _server.PutAsync("/2020-06-30/functions/nobody/code-signing-config", new JsonObject { ["CodeSigningConfigArn"] = missing })).IsRefusedWith(404, "CodeSigningConfigNotFoundException", unknown);
        (await CreateAsync("nobody", Code(), missing)).IsRefusedWith(404, "CodeSigningConfigNotFoundException", unknown);
        var config = await ConfigAsync("Warn", Profile);
        var noFunction = $"Function not found: {FunctionsServer.ArnOf("nobody")}";
        (await _server.PutAsync("/2020-06-30/functions/nobody/code-signing-config", new JsonObject { ["CodeSigningConfigArn"] = config })).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.GetAsync("/2020-06-30/functions/nobody/code-signing-config")).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.DeleteAsync("/2020-06-30/functions/nobody/code-signing-config")).IsRefusedWith(404, "ResourceNotFoundException", noFunction);
        (await _server.PostAsync(Configs, JsonNode.Parse("""{"AllowedPublishers":{"SigningProfileVersionArns":[]}}""")!)).IsRefusedWith(400, "ValidationException",
            "1 validation error detected: Value '[]' at 'allowedPublishers.signingProfileVersionArns' failed to satisfy constraint: Member must have length greater than or equal to 1");
    }

    [Fact]
    public async Task Configurations_survive_a_restart()
    {
        var config = await ConfigAsync("Enforce", Profile);
        await _server.CreateActiveAsync("kept", body =>
        {
            body["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Signed(Code())) };
            body["CodeSigningConfigArn"] = config;
        });
        var before = await Everything(_server);
        await _server.StopAsync();
        _server = new FunctionsServer { DataFolder = _server.DataFolder, CodeSigning = _server.CodeSigning };
        await _server.InitializeAsync();

        Assert.Equal(before, await Everything(_server));
        IsNotVerified(await _server.PutAsync("/2015-03-31/functions/kept/code", new JsonObject { ["ZipFile"] = Convert.ToBase64String(Code()) }), "kept");

        static async Task<string> Everything(FunctionsServer server) => string.Join('\n', (await server.GetAsync(Configs)).Body,
            (await server.GetAsync("/2020-06-30/functions/kept/code-signing-config")).Body, (await server.GetAsync("/2015-03-31/functions/kept/configuration")).Body);
    }

    const string Entry = "META_INF/aws_signer_signature_v1.0.SF";

    static byte[] Changed(byte[] zip, Action<ZipArchive> change)
    {
        var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
            change(archive);
        return stream.ToArray();
    }

    /// <summary>The second file becomes the end of the first: names and bodies in a row are the same as before.</summary>
    static byte[] Joined(byte[] signed)
    {
        using var original = new ZipArchive(new MemoryStream(signed));
        return Zips.Build(archive =>
        {
            Zips.Add(archive, "app.py", "code" + "lib/b.py" + "more");
            Zips.Add(archive, "META_INF/", "");
            Zips.Add(archive, Entry, Text(original));
        });
    }

    static void Replace(ZipArchive archive, string name, string text)
    {
        using var body = archive.GetEntry(name)!.Open();
        body.SetLength(0);
        body.Write(Encoding.UTF8.GetBytes(text));
    }

    static string Text(ZipArchive archive)
    {
        using var reader = new StreamReader(archive.GetEntry(Entry)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>One character of the last line of the signature value.</summary>
    static string Flipped(string pem)
    {
        var at = pem.LastIndexOf("\n-----END", StringComparison.Ordinal) - 20;
        return pem[..at] + (pem[at] == 'A' ? 'B' : 'A') + pem[(at + 1)..];
    }

    /// <summary>A root, and a certificate under it that signs code.</summary>
    sealed class Authority
    {
        public Authority(string name, Authority? parent = null, string usage = "1.3.6.1.5.5.7.3.3")
        {
            var rootKey = parent?._rootKey ?? ECDsa.Create(ECCurve.NamedCurves.nistP384);
            _rootKey = rootKey;
            Root = parent?.Root ?? RootOf(name, rootKey);
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
            var request = new CertificateRequest($"CN={name} signer", key, HashAlgorithmName.SHA384);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
            using var issued = request.Create(
                Root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), Now.AddDays(-1), Now.AddDays(200), RandomNumberGenerator.GetBytes(8));
            Signer = issued.CopyWithPrivateKey(key);
        }

        readonly ECDsa _rootKey;

        public X509Certificate2 Root { get; }

        public X509Certificate2 Signer { get; }

        static X509Certificate2 RootOf(string name, ECDsa key)
        {
            var request = new CertificateRequest($"CN={name} root", key, HashAlgorithmName.SHA384);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(10));
        }
    }
}
