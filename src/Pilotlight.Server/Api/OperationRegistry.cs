namespace Pilotlight.Api;

/// <summary>Every operation the platform answers, found by <c>X-Amz-Target</c> or by <c>Action</c>. Filled while the modules map their routes.</summary>
public sealed class OperationRegistry
{
    readonly Dictionary<string, AwsOperation> _byTarget = new(StringComparer.Ordinal);
    readonly Dictionary<(string Service, string Action), AwsOperation> _byAction = [];
    readonly Dictionary<string, AwsService> _queryVersions = new(StringComparer.Ordinal);
    readonly List<AwsOperation> _all = [];

    public IReadOnlyList<AwsOperation> All => _all;

    public AwsOperation Add(AwsOperation operation)
    {
        var service = operation.Service;
        if (service.Target is { } target)
            _byTarget.Add($"{target}.{operation.Name}", operation);
        if (service.Protocol == AwsProtocol.Query)
        {
            _byAction.Add((service.Name, operation.Name), operation);
            _queryVersions[service.Version!] = service;
        }

        _all.Add(operation);
        return operation;
    }

    public AwsOperation? FindTarget(string target) => _byTarget.GetValueOrDefault(target);

    /// <summary>The service of a target prefix that is known though the operation is not.</summary>
    public AwsService? FindTargetService(string target) =>
        target.LastIndexOf('.') is > 0 and var dot && _all.Find(o => o.Service.Target == target[..dot]) is { } known ? known.Service : null;

    public AwsOperation? FindAction(AwsService service, string action) => _byAction.GetValueOrDefault((service.Name, action));

    /// <summary>The service of an action that needs neither signature nor version: links in messages carry none.</summary>
    public AwsService? FindAnonymousService(string action) =>
        _all.Find(operation => operation.IsOpenToAnonymous && operation.Service.Protocol == AwsProtocol.Query && operation.Name == action)?.Service;

    /// <summary>The query service of an API version, or of the scope of the signature.</summary>
    public AwsService? FindQueryService(string? version, string? scope)
    {
        if (scope is not null && _queryVersions.Values.FirstOrDefault(service => service.Name == scope) is { } byScope)
            return byScope;
        return version is not null ? _queryVersions.GetValueOrDefault(version) : null;
    }

    /// <summary>Invariant 2: every operation names the action it requires, or says openly that it requires none.</summary>
    public void RefuseUnnamed()
    {
        if (_all.Find(operation => operation.Action is null && !operation.RequiresNothing) is { } unnamed)
            throw new InvalidOperationException($"{unnamed.Service.Name}:{unnamed.Name} names no IAM action and does not say that it requires none.");
    }
}
