using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Identities;
using Pilotlight.Storage;

namespace Pilotlight.Micro;

/// <summary>What an account with many roles costs: to read at start, and to a decision about the session of one of them.</summary>
[MemoryDiagnoser]
public class IdentityBenchmarks
{
    const string Account = AccessKeyCatalog.FirstAccountId;
    const string FunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:my-function";

    WebApplication _app = null!;
    DirectoryInfo _folder = null!;
    Authorizer _authorizer = null!;
    PrincipalCatalog _principals = null!;
    AwsRequest _session = null!;

    [Params(1, 1000)]
    public int Roles { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("pilotlight-bench-");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddStorage(new DataFolder(_folder.FullName)).AddApi().AddIdentities().AddAuthorizationOfCallers();
        _app = builder.Build();
        await _app.OpenIdentitiesAsync(CancellationToken.None);
        _authorizer = _app.Services.GetRequiredService<Authorizer>();
        _principals = _app.Services.GetRequiredService<PrincipalCatalog>();
        await _app.Services.GetRequiredService<AccountCatalog>().ChangeAsync(Account, change =>
        {
            for (var number = 0; number < Roles; number++)
                change.Put(Role(number));
        });
        var role = _app.Services.GetRequiredService<AccountCatalog>().FindRole($"arn:aws:iam::{Account}:role/role-0")!;
        _session = new AwsRequest(new DefaultHttpContext(), new AwsOperation(AwsService.Lambda, "Invoke", static _ => AwsResult.EmptyObject), "id")
        {
            Caller = new Caller
            {
                AccountId = Account,
                Arn = $"arn:aws:sts::{Account}:assumed-role/role-0/s",
                UserId = $"{role.Id}:s",
                PrincipalId = role.Id,
                RoleArn = role.Arn,
                Kind = CallerKind.AssumedRole,
            },
            IsAuthenticated = true,
        };
        if (Decide() is { } refused)
            throw new InvalidOperationException(refused.Message);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Every account from the database, as at a start.</summary>
    [Benchmark]
    public void Load() => new AccountCatalog(_app.Services.GetRequiredService<AccountStore>(), TimeProvider.System).Load();

    [Benchmark]
    public KnownPrincipal Principal() => _principals.Of(_session.Caller);

    /// <summary>As after a change of the account: who the caller is and its policies are put together again.</summary>
    [Benchmark]
    public KnownPrincipal PrincipalAfterChange() => _principals.Of(_session.Caller with { SessionName = "s" });

    [Benchmark]
    public AwsError? Decide() => _authorizer.Check(_session, "lambda:InvokeFunction", FunctionArn);

    static Role Role(int number) => new()
    {
        AccountId = Account,
        Id = $"AROA{number:D17}",
        Name = $"role-{number}",
        CreatedAt = DateTimeOffset.UnixEpoch,
        TrustPolicy = new PolicyText("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""),
        InlinePolicies =
        [
            .. Enumerable.Range(0, 10).Select(policy => new InlinePolicy($"policy-{policy}", new PolicyText(
                $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:InvokeFunction","s3:Get*"],"Resource":["arn:aws:lambda:*:*:function:my-*","arn:aws:s3:::bucket-{{policy}}/*"]}]}"""))),
        ],
    };
}
