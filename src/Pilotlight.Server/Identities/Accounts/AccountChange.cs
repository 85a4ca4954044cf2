using System.Text.Json;

namespace Pilotlight.Identities;

/// <summary>One change of one account while it is decided: the snapshot as it becomes, and the rows that make it so on disk.</summary>
public sealed class AccountChange(Account account)
{
    readonly List<EntityRow> _rows = [];

    public Account Account { get; private set; } = account;

    internal IReadOnlyList<EntityRow> Rows => _rows;

    /// <summary>Users whose keys or properties changed, and (null) those that are gone.</summary>
    internal List<(User? Before, User? After)> Users { get; } = [];

    public void Set(AccountSettings settings)
    {
        Account = Account with { Settings = settings };
        _rows.Add(new EntityRow("account", settings.Id, JsonSerializer.Serialize(settings, IdentitiesJson.Default.AccountSettings)));
    }

    /// <summary>Adds the entity, or replaces the one of its name.</summary>
    public void Put(IdentityEntity entity)
    {
        if (entity is User user)
            Users.Add((Account.Users.FindById(user.Id), user));
        Account = With(entity);
        _rows.Add(new EntityRow(KindOf(entity), entity.Id, JsonSerializer.Serialize(entity, entity.GetType(), IdentitiesJson.Default)));
    }

    /// <summary>Gives an entity another name or path; its id, and what hangs on it, stay.</summary>
    public void Rename(IdentityEntity before, IdentityEntity after)
    {
        Account = Without(before);
        Put(after);
    }

    public void Remove(IdentityEntity entity)
    {
        Account = Without(entity);
        _rows.Add(new EntityRow(KindOf(entity), entity.Id, null));
        if (entity is User user)
            Users.Add((user, null));
    }

    Account With(IdentityEntity entity) => entity switch
    {
        Role role => Account with { Roles = Account.Roles.With(role) },
        User user => Account with { Users = Account.Users.With(user) },
        Group group => Account with { Groups = Account.Groups.With(group) },
        ManagedPolicy policy => Account with { Policies = Account.Policies.With(policy) },
        InstanceProfile profile => Account with { InstanceProfiles = Account.InstanceProfiles.With(profile) },
        OidcProvider provider => Account with { OidcProviders = Account.OidcProviders.With(provider) },
        _ => throw new ArgumentException($"{entity.GetType().Name} is not kept in accounts."),
    };

    Account Without(IdentityEntity entity) => entity switch
    {
        Role => Account with { Roles = Account.Roles.Without(entity.Name) },
        User => Account with { Users = Account.Users.Without(entity.Name) },
        Group => Account with { Groups = Account.Groups.Without(entity.Name) },
        ManagedPolicy => Account with { Policies = Account.Policies.Without(entity.Name) },
        InstanceProfile => Account with { InstanceProfiles = Account.InstanceProfiles.Without(entity.Name) },
        OidcProvider => Account with { OidcProviders = Account.OidcProviders.Without(entity.Name) },
        _ => throw new ArgumentException($"{entity.GetType().Name} is not kept in accounts."),
    };

    static string KindOf(IdentityEntity entity) => entity switch
    {
        Role => "role",
        User => "user",
        Group => "group",
        ManagedPolicy => "policy",
        InstanceProfile => "instance-profile",
        _ => "oidc-provider",
    };
}

/// <param name="Document">Null: the row goes.</param>
readonly record struct EntityRow(string Kind, string Id, string? Document);
