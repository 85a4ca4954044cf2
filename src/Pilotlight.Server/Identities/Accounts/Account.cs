using System.Collections.Immutable;

namespace Pilotlight.Identities;

/// <summary>An account with everything IAM keeps in it: an immutable snapshot, replaced as a whole by every change.</summary>
public sealed record Account
{
    public required AccountSettings Settings { get; init; }

    public string Id => Settings.Id;

    /// <summary>Grows with every change of any account, so that a decision made from a snapshot can be told from one made from a later.</summary>
    public long Version { get; init; }

    public EntitySet<Role> Roles { get; init; } = EntitySet<Role>.Empty;

    public EntitySet<User> Users { get; init; } = EntitySet<User>.Empty;

    public EntitySet<Group> Groups { get; init; } = EntitySet<Group>.Empty;

    public EntitySet<ManagedPolicy> Policies { get; init; } = EntitySet<ManagedPolicy>.Empty;

    public EntitySet<InstanceProfile> InstanceProfiles { get; init; } = EntitySet<InstanceProfile>.Empty;

    public EntitySet<OidcProvider> OidcProviders { get; init; } = EntitySet<OidcProvider>.Empty;

    public IEnumerable<PolicyHolder> PolicyHolders => [.. Roles, .. Users, .. Groups];

    public static Account Empty(string id, DateTimeOffset createdAt = default) => new() { Settings = new AccountSettings { Id = id, CreatedAt = createdAt } };

    /// <summary>The account's own managed policy of this ARN, path and all.</summary>
    public ManagedPolicy? FindPolicy(string arn) => Policies.Find(arn[(arn.LastIndexOf('/') + 1)..]) is { } policy && policy.Arn == arn ? policy : null;

    /// <summary>The role of an instance profile, or none.</summary>
    public IEnumerable<Role> RolesOf(InstanceProfile profile) => profile.RoleId is { } id && Roles.FindById(id) is { } role ? [role] : [];

    /// <summary>How often each managed policy is attached, and how often it bounds.</summary>
    public (IReadOnlyDictionary<string, int> Attached, IReadOnlyDictionary<string, int> Bounding) CountPolicyUses()
    {
        var (attached, bounding) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var holder in PolicyHolders)
        {
            foreach (var arn in holder.AttachedPolicies)
                attached[arn] = attached.GetValueOrDefault(arn) + 1;
            if (holder.PermissionsBoundary is { } boundary)
                bounding[boundary] = bounding.GetValueOrDefault(boundary) + 1;
        }

        return (attached, bounding);
    }

    /// <summary>The groups that a user is in.</summary>
    public IEnumerable<Group> GroupsOf(User user) => user.GroupIds.Count == 0 ? [] : Groups.Where(group => user.GroupIds.Contains(group.Id));
}

/// <summary>What an account has only once.</summary>
public sealed record AccountSettings
{
    public required string Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What its owner calls it, or null.</summary>
    public string? Name { get; init; }

    public string? Alias { get; init; }

    public PasswordPolicy? PasswordPolicy { get; init; }
}

public sealed record PasswordPolicy
{
    public int MinimumLength { get; init; } = 6;
    public bool RequireSymbols { get; init; }
    public bool RequireNumbers { get; init; }
    public bool RequireUppercase { get; init; }
    public bool RequireLowercase { get; init; }
    public bool AllowUsersToChange { get; init; }
    public int? MaxAgeDays { get; init; }
    public int? ReusePrevention { get; init; }
    public bool? HardExpiry { get; init; }
}

/// <summary>
/// Entities of one kind by name, in the order of lists. Names that differ only in case are the same name to AWS, and none of them may
/// be taken twice; but an entity is found only under the name it has, so that nobody gets round a policy by spelling it otherwise.
/// </summary>
public sealed class EntitySet<T> : IEnumerable<T> where T : IdentityEntity
{
    readonly ImmutableSortedDictionary<string, T> _byName;

    EntitySet(ImmutableSortedDictionary<string, T> byName) => _byName = byName;

    public static EntitySet<T> Empty { get; } = new(ImmutableSortedDictionary.Create<string, T>(StringComparer.OrdinalIgnoreCase));

    public int Count => _byName.Count;

    public static EntitySet<T> Of(IEnumerable<T> entities) => new(Empty._byName.AddRange(entities.Select(entity => KeyValuePair.Create(entity.Name, entity))));

    public T? Find(string? name) => name is not null && _byName.TryGetValue(name, out var entity) && entity.Name == name ? entity : null;

    public T? FindById(string id) => _byName.Values.FirstOrDefault(entity => entity.Id == id);

    /// <summary>Whether the name, in whatever case, belongs to an entity.</summary>
    public bool IsTaken(string name) => _byName.ContainsKey(name);

    internal EntitySet<T> With(T entity) => new(_byName.SetItem(entity.Name, entity));

    internal EntitySet<T> Without(string name) => new(_byName.Remove(name));

    public IEnumerator<T> GetEnumerator() => _byName.Values.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
