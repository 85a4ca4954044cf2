using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http.Features;
using Pilotlight.Api;
using Pilotlight.Authentication;
using Pilotlight.Authorization;
using Pilotlight.Identities;
using Pilotlight.Storage;
using Pilotlight.Testing;

namespace Pilotlight.Micro;

/// <summary>What every invocation pays before it is looked at: its signature, and its permission.</summary>
[MemoryDiagnoser]
public class SignatureBenchmarks
{
    const string Path = "/2015-03-31/functions/my-function/invocations";
    const string FunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:my-function";

    WebApplication _app = null!;
    SignatureVerifier _verifier = null!;
    Authorizer _authorizer = null!;
    AwsRequest _root = null!;
    AwsRequest _session = null!;
    DirectoryInfo _folder = null!;

    [Params(0, 1024, 100 * 1024)]
    public int BodyBytes { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("pilotlight-bench-");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddStorage(new DataFolder(_folder.FullName)).AddIdentities().AddAuthenticationOfCallers().AddAuthorizationOfCallers();
        builder.Services.Configure<IdentitiesOptions>(options => options.AllowTestKey = true);
        _app = builder.Build();
        await _app.OpenIdentitiesAsync(CancellationToken.None);
        _verifier = _app.Services.GetRequiredService<SignatureVerifier>();
        _authorizer = _app.Services.GetRequiredService<Authorizer>();
        var session = _app.Services.GetRequiredService<RoleSessions>().Issue(
            AccessKeyCatalog.FirstAccountId, "arn:aws:iam::000000000000:role/worker", "my-function", FunctionArn, TimeSpan.FromHours(6));
        _root = Signed("test", "test");
        _session = Signed(session.AccessKeyId, session.SecretAccessKey, ("X-Amz-Security-Token", session.SessionToken));
        // The signatures are good for five minutes, which is longer than a benchmark of one size takes.
        if ((Root() ?? Session()) is { } refused)
            throw new InvalidOperationException(refused.Message);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Benchmark]
    public AwsError? Root() => _verifier.Verify(_root);

    [Benchmark]
    public AwsError? Session() => _verifier.Verify(_session);

    [Benchmark]
    public AwsError? Authorize() => _authorizer.Check(_root, "lambda:InvokeFunction", FunctionArn);

    AwsRequest Signed(string key, string secret, params (string Name, string Value)[] headers)
    {
        var body = RandomNumberGenerator.GetBytes(BodyBytes);
        var http = new DefaultHttpContext();
        var feature = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        (feature.Method, feature.RawTarget, feature.QueryString) = ("POST", Path, "");
        http.Request.Headers.Host = "localhost:4566";
        http.Request.Headers.ContentType = "application/octet-stream";
        http.Request.Headers.UserAgent = "aws-sdk";
        var client = new SignedClient(new Uri("http://localhost:4566"), key, secret);
        foreach (var (name, value) in client.Sign("lambda", HttpMethod.Post, Path, body, headers))
            http.Request.Headers[name] = value;
        var operation = new AwsOperation(AwsService.Lambda, "Invoke", static _ => AwsResult.Empty(200));
        return new AwsRequest(http, operation, "") { Body = body };
    }
}
