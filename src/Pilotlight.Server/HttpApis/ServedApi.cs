using System.Collections.Frozen;

namespace Pilotlight.HttpApis;

/// <summary>An API as its requests are answered: everything that its configuration says is worked out once, when it changes.</summary>
sealed class ServedApi
{
    readonly FrozenDictionary<string, ServedStage> _stages;
    readonly ServedStage? _default;

    public ServedApi(HttpApi api)
    {
        Api = api;
        var stages = new Dictionary<string, ServedStage>(StringComparer.Ordinal);
        foreach (var stage in api.Stages)
        {
            if (api.Deployments.FirstOrDefault(made => made.DeploymentId == stage.DeploymentId)?.Content is { } content)
                stages[stage.StageName] = new ServedStage(api, stage, content);
        }

        _default = stages.GetValueOrDefault(HttpApi.DefaultStage);
        _stages = stages.Where(stage => stage.Key != HttpApi.DefaultStage).ToFrozenDictionary(StringComparer.Ordinal);
    }

    public HttpApi Api { get; }

    /// <summary>The stage that a path means, and the rest of the path, which routes are chosen by.</summary>
    public (ServedStage? Stage, string Path) Resolve(string path)
    {
        if (_stages.Count > 0)
        {
            var end = path.IndexOf('/', 1);
            var first = end < 0 ? path.AsSpan(1) : path.AsSpan(1, end - 1);
            if (_stages.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(first, out var stage))
                return (stage, end < 0 ? "/" : path[end..]);
        }

        return (_default, path);
    }
}

/// <summary>One stage with the deployment that it serves.</summary>
sealed class ServedStage
{
    public ServedStage(HttpApi api, ApiStage stage, ApiSnapshot content)
    {
        Api = api;
        Name = stage.StageName;
        Variables = stage.StageVariables;
        Cors = content.CorsConfiguration is { } cors ? new ServedCors(cors) : null;
        var authorizers = content.Authorizers.ToDictionary(authorizer => authorizer.AuthorizerId, authorizer => new ServedAuthorizer(this, authorizer));
        Routes = new RouteTable(content.Routes.Select(route => new ServedRoute(
            this, route, content.Integrations.FirstOrDefault(integration => route.Target == $"integrations/{integration.IntegrationId}"),
            route.AuthorizerId is { } id ? authorizers.GetValueOrDefault(id) : null)));
    }

    public HttpApi Api { get; }

    public string Name { get; }

    public IReadOnlyDictionary<string, string> Variables { get; }

    public ServedCors? Cors { get; }

    public RouteTable Routes { get; }

    /// <summary><c>arn:aws:execute-api:REGION:ACCOUNT:API/STAGE</c></summary>
    public string Arn => field ??= $"arn:aws:execute-api:{Api.Region}:{Api.AccountId}:{Api.ApiId}/{Name}";
}

/// <summary>A route with what it leads to.</summary>
sealed class ServedRoute
{
    public const string AnyMethod = "ANY";

    public ServedRoute(ServedStage stage, ApiRoute route, ApiIntegration? integration, ServedAuthorizer? authorizer)
    {
        Stage = stage;
        Route = route;
        Authorizer = authorizer;
        Integration = integration;
        if (route.RouteKey == HttpApi.DefaultRoute)
        {
            (Method, Path) = (AnyMethod, HttpApi.DefaultRoute);
            SourceArn = $"{stage.Arn}/{HttpApi.DefaultRoute}";
        }
        else
        {
            var space = route.RouteKey.IndexOf(' ');
            (Method, Path) = (route.RouteKey[..space], route.RouteKey[(space + 1)..]);
            SourceArn = $"{stage.Arn}/{(Method == AnyMethod ? "*" : Method)}{Path}";
        }

        if (integration is { IntegrationType: ApiIntegration.Function })
            Function = FunctionUri.TryRead(FunctionUri.WithVariables(integration.IntegrationUri, stage.Variables));
        Timeout = TimeSpan.FromMilliseconds(integration?.TimeoutInMillis ?? 30_000);
        Parameters = [.. Path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}').TrimEnd('+'))];
    }

    public ServedStage Stage { get; }

    public ApiRoute Route { get; }

    /// <summary>A verb, or <see cref="AnyMethod"/>.</summary>
    public string Method { get; }

    /// <summary>The template, beginning with a slash; or <c>$default</c>.</summary>
    public string Path { get; }

    public bool IsDefault => Path == HttpApi.DefaultRoute;

    /// <summary>The names of the template's variables, in order.</summary>
    public IReadOnlyList<string> Parameters { get; }

    public ApiIntegration? Integration { get; }

    /// <summary>Null when the integration leads to no function.</summary>
    public ServedFunction? Function { get; }

    public TimeSpan Timeout { get; }

    public ServedAuthorizer? Authorizer { get; }

    /// <summary>For whom the function's policy lets API Gateway in.</summary>
    public string SourceArn { get; }
}
