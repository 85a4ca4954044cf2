using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

/// <summary>Keys and sessions over a data folder of their own, at a time that stands still.</summary>
sealed class IdentityFixture : IAsyncDisposable
{
    public const string Account = AccessKeyCatalog.FirstAccountId;
    public const string RoleArn = "arn:aws:iam::000000000000:role/service-role/worker";
    public const string FunctionArn = "arn:aws:lambda:eu-west-1:000000000000:function:resize";

    /// <summary>The instance key under which the fixed session of the vectors was issued.</summary>
    static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    readonly Database _database;

    IdentityFixture(DataFolder folder, bool allowTestKey)
    {
        Folder = folder;
        _database = Database.Open(folder.StateDatabase);
        Instance = new InstanceKey(Secret);
        Store = new AccessKeyStore(_database, Instance);
        Accounts = new AccountCatalog(new AccountStore(_database), Time);
        Keys = new AccessKeyCatalog(Store, Accounts, Options.Create(new IdentitiesOptions { AllowTestKey = allowTestKey }), Time);
        Sessions = new RoleSessions(Instance, Accounts, Time);
        Credentials = new CredentialCatalog(Keys, Sessions);
    }

    public DataFolder Folder { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 3, 4, 12, 0, 0, TimeSpan.Zero));

    public InstanceKey Instance { get; }

    public AccessKeyStore Store { get; }

    public AccountCatalog Accounts { get; }

    public AccessKeyCatalog Keys { get; }

    public RoleSessions Sessions { get; }

    public CredentialCatalog Credentials { get; }

    /// <summary>The root key that opening made, if it made one.</summary>
    public RootKey? MadeKey { get; private set; }

    public static async Task<IdentityFixture> OnLoopbackAsync()
    {
        var fixture = new IdentityFixture(NewFolder(), allowTestKey: true);
        await fixture.Keys.OpenAsync(CancellationToken.None);
        return fixture;
    }

    public static async Task<IdentityFixture> OnTheNetworkAsync(DataFolder? folder = null)
    {
        var fixture = new IdentityFixture(folder ?? NewFolder(), allowTestKey: false);
        fixture.MadeKey = await fixture.Keys.OpenAsync(CancellationToken.None);
        return fixture;
    }

    public SessionCredentials Issue(TimeSpan? lifetime = null, string sessionName = "resize") =>
        Sessions.Issue(Account, RoleArn, sessionName, FunctionArn, lifetime ?? TimeSpan.FromHours(6));

    /// <summary>Ends the database and leaves the folder to a successor.</summary>
    public ValueTask CloseAsync() => _database.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(Folder.Root, recursive: true);
    }

    static DataFolder NewFolder() => new(Directory.CreateTempSubdirectory("pilotlight-identities-").FullName);
}
