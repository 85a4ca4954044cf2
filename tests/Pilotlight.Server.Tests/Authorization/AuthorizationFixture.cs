using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Authentication;
using Pilotlight.Iam;
using Pilotlight.Identities;
using Pilotlight.Storage;
using PolicyText = Pilotlight.Identities.PolicyText;

namespace Pilotlight.Authorization;

/// <summary>Authorization over real accounts in a folder of their own, and one kind of resource whose policies and tags a test gives.</summary>
sealed class AuthorizationFixture : IAsyncDisposable, IJudgedResource, ILoggerProvider
{
    public const string Account = AccessKeyCatalog.FirstAccountId;
    public const string FunctionArn = $"arn:aws:lambda:us-east-1:{Account}:function:f";

    readonly ServiceProvider _services;
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pilotlight-authorization-");

    public AuthorizationFixture(Action<IamOptions>? configure = null, OrganizationOptions? organization = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(this)).AddSingleton<TimeProvider>(Time).AddStorage(new DataFolder(_folder.FullName));
        services.AddSingleton(organization ?? new OrganizationOptions());
        services.AddIdentities().AddAuthorizationOfCallers().AddSingleton<IJudgedResource>(this).Configure<IamOptions>(configure ?? (_ => { }));
        _services = services.BuildServiceProvider();
        Accounts.Load();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));

    public AccountCatalog Accounts => _services.GetRequiredService<AccountCatalog>();

    public Authorizer Authorizer => _services.GetRequiredService<Authorizer>();

    public ExecutionRoles Roles => _services.GetRequiredService<ExecutionRoles>();

    public Dictionary<string, Document> Policies { get; } = [];

    public Dictionary<string, IReadOnlyDictionary<string, string>> Tags { get; } = [];

    public List<string> Warnings { get; } = [];

    public static Caller Root(string account = Account) => new()
    {
        AccountId = account,
        Arn = $"arn:aws:iam::{account}:root",
        UserId = account,
        PrincipalId = account,
        Kind = CallerKind.Root,
    };

    /// <summary>A user with one inline policy.</summary>
    public async Task<Caller> UserAsync(string? policy, string account = Account, string name = "ada")
    {
        var user = new User
        {
            AccountId = account,
            Id = "AIDA" + name.ToUpperInvariant(),
            Name = name,
            CreatedAt = Time.GetUtcNow(),
            InlinePolicies = policy is null ? [] : [new InlinePolicy("p", new PolicyText(policy))],
            Tags = [new Tag("team", "blue")],
        };
        await Accounts.ChangeAsync(account, change => change.Put(user));
        return new Caller { AccountId = account, Arn = user.Arn, UserId = user.Id, PrincipalId = user.Id, UserName = name, Kind = CallerKind.User };
    }

    public async Task<Role> RoleAsync(string name, string trust, params string[] policies)
    {
        var role = new Role
        {
            AccountId = Account,
            Id = "AROA" + name.ToUpperInvariant(),
            Name = name,
            CreatedAt = Time.GetUtcNow(),
            TrustPolicy = new PolicyText(trust),
            InlinePolicies = [.. policies.Select((policy, index) => new InlinePolicy($"p{index}", new PolicyText(policy)))],
        };
        await Accounts.ChangeAsync(Account, change => change.Put(role));
        return role;
    }

    public static Caller SessionOf(Role role, string? function = null) => new()
    {
        AccountId = role.AccountId,
        Arn = $"arn:aws:sts::{role.AccountId}:assumed-role/{role.Name}/s",
        UserId = $"{role.Id}:s",
        PrincipalId = role.Id,
        Kind = CallerKind.AssumedRole,
        RoleArn = role.Arn,
        SourceFunctionArn = function,
    };

    public static string Allow(string action, string resource = "*", string condition = "") =>
        $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{{action}}}","Resource":"{{{resource}}}"{{{(condition.Length > 0 ? $",\"Condition\":{condition}" : "")}}}}]}""";

    public AwsError? Check(
        Caller caller, string action, string resource, string service = "lambda", string body = "", Func<string, ConditionValues>? conditions = null,
        Action<AwsRequest>? change = null)
    {
        var request = new SignedRequest("", service, "POST", "/", body, [("User-Agent", "tests/1")]).ToAwsRequest();
        request.Http.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        request.Caller = caller;
        request.IsAuthenticated = true;
        change?.Invoke(request);
        return Authorizer.Check(request, action, resource, conditions);
    }

    public sealed record Document(string Text) : IPolicyDocument
    {
        string IPolicyDocument.Document => Text;
    }

    string IJudgedResource.Service => "lambda";

    string IJudgedResource.Kind => "function";

    IPolicyDocument? IJudgedResource.PolicyOf(string arn) => Policies.GetValueOrDefault(arn);

    IReadOnlyDictionary<string, string>? IJudgedResource.TagsOf(string arn) => Tags.GetValueOrDefault(arn);

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new WarningList(Warnings);

    void IDisposable.Dispose()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    sealed class WarningList(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }
}
