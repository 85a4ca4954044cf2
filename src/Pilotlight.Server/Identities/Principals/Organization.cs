using Pilotlight.Iam;

namespace Pilotlight.Identities;

/// <summary>The organisation with its service control policies, read and compiled at start.</summary>
public sealed class Organization
{
    const string Root = "*";

    readonly string? _managementAccount;
    readonly Dictionary<string, IReadOnlyList<Policy>> _policies = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">A file is missing, or is no service control policy.</exception>
    public Organization(OrganizationOptions options)
    {
        Id = options.Id is { Length: > 0 } id ? id : null;
        _managementAccount = options.ManagementAccount;
        if (Id is null && options.ServiceControlPolicies.Count > 0)
            throw new InvalidOperationException("Organization:ServiceControlPolicies needs an Organization:Id.");
        foreach (var (target, files) in options.ServiceControlPolicies)
            _policies[target] = [.. files.Select(Read)];
    }

    public string? Id { get; }

    /// <summary><c>o-…/r-…/</c>, which <c>aws:PrincipalOrgPaths</c> says.</summary>
    public string? Path => Id is null ? null : $"{Id}/r-root/";

    /// <summary>What binds an account, level by level from the root down.</summary>
    internal IReadOnlyList<IReadOnlyList<Policy>> PoliciesOf(string accountId) =>
        Id is null || accountId == _managementAccount
            ? []
            : [.. new[] { Root, accountId }.Where(_policies.ContainsKey).Select(target => _policies[target])];

    static Policy Read(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidOperationException($"Organization:ServiceControlPolicies names {file}: {failure.Message}", failure);
        }

        return Policy.TryParse(text, PolicyKind.ServiceControl, System.IO.Path.GetFileName(file), out var error)
            ?? throw new InvalidOperationException($"Organization:ServiceControlPolicies names {file}, which is no service control policy: {error!.Message}");
    }
}
