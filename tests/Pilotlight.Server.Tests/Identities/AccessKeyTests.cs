using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

public sealed class AccessKeyTests
{
    [Fact]
    public async Task On_loopback_the_test_key_is_the_root_of_the_first_account()
    {
        await using var identities = await IdentityFixture.OnLoopbackAsync();
        var caller = identities.Keys.TryFind("test")!.Caller;
        Assert.Equal("arn:aws:iam::000000000000:root", caller.Arn);
        Assert.Equal("000000000000", caller.UserId);
        Assert.Equal(CallerKind.Root, caller.Kind);
        Assert.Null(identities.Keys.TryFind("Test"));
    }

    [Fact]
    public async Task On_the_network_a_root_key_is_made_once_and_the_test_key_is_unknown()
    {
        var first = await IdentityFixture.OnTheNetworkAsync();
        var made = first.MadeKey!;
        Assert.Matches("^AKIA[A-Z2-7]{16}$", made.AccessKeyId);
        Assert.Equal(40, made.SecretAccessKey.Length);
        Assert.NotNull(first.Keys.TryFind(made.AccessKeyId));
        Assert.Null(first.Keys.TryFind("test"));
        await first.CloseAsync();

        await using var second = await IdentityFixture.OnTheNetworkAsync(first.Folder);
        Assert.Null(second.MadeKey);
        Assert.True(second.Keys.TryFind(made.AccessKeyId)!.HasSecretOf(first.Keys.TryFind(made.AccessKeyId)!));
    }

    [Fact]
    public async Task The_database_alone_gives_no_secret_away()
    {
        var identities = await IdentityFixture.OnTheNetworkAsync();
        var secret = identities.MadeKey!.SecretAccessKey;
        await identities.CloseAsync();
        foreach (var file in Directory.GetFiles(identities.Folder.Root))
            Assert.DoesNotContain(secret, System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));

        var database = Database.Open(identities.Folder.StateDatabase);
        var store = new AccessKeyStore(database, new InstanceKey(new byte[32]));
        var catalog = new AccessKeyCatalog(store, identities.Accounts, Options.Create(new IdentitiesOptions()), identities.Time);
        await Assert.ThrowsAsync<InvalidOperationException>(() => catalog.OpenAsync(CancellationToken.None));
        await database.DisposeAsync();
        Directory.Delete(identities.Folder.Root, recursive: true);
    }

    [Fact]
    public void An_access_key_id_names_its_account()
    {
        foreach (var account in new[] { "000000000000", "123456789012", "999999999999" })
        {
            Assert.Equal(account, AccessKeyId.TryReadAccount(AccessKeyId.NewLongTerm(account)));
            Assert.Equal(account, AccessKeyId.TryReadAccount(AccessKeyId.NewSession(account)));
        }

        // AWS's own example, whose account is known.
        Assert.Equal("581039954779", AccessKeyId.TryReadAccount("AKIAIOSFODNN7EXAMPLE"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("test")]
    [InlineData("AKIA")]
    [InlineData("AKIAIOSFODNN7EXAMPL1")]
    [InlineData("AKIA1OSFODNN7EXAMPLE")]
    [InlineData("AIDAIOSFODNN7EXAMPLE")]
    [InlineData("AKIAIOSFODNN7EXAMPLEE")]
    [InlineData("AKIA7777777777777777")]
    public void Other_text_names_no_account(string id) => Assert.Null(AccessKeyId.TryReadAccount(id));

    [Fact]
    public void Records_with_secrets_do_not_print_them()
    {
        Assert.Equal("AKIA", new RootKey("000000000000", "AKIA", "secret").ToString());
        Assert.Equal("ASIA", new SessionCredentials("ASIA", "secret", "token", default).ToString());
    }
}
