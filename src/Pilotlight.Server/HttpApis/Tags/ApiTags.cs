using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.HttpApis;

/// <summary>Tags of APIs and of stages.</summary>
static class ApiTags
{
    public static async Task ChangeAsync(AwsRequest request, ApiServices services, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> change)
    {
        var id = Find(request, services.Catalog).Api.ApiId;
        await services.Catalog.ChangeAsync(id, newest =>
        {
            var (api, stage) = Found(request, newest);
            return stage is null
                ? api with { Tags = change(api.Tags) }
                : api with { Stages = [.. api.Stages.Select(each => ReferenceEquals(each, stage) ? each with { Tags = change(each.Tags) } : each)] };
        });
    }

    public static (HttpApi Api, ApiStage? Stage) Find(AwsRequest request, HttpApiCatalog catalog) =>
        Found(request, ApiArn.TryRead(request.Path("ResourceArn")) is { } arn ? catalog.Find(arn.ApiId) : null);

    static (HttpApi Api, ApiStage? Stage) Found(AwsRequest request, HttpApi? api)
    {
        var text = request.Path("ResourceArn");
        if (ApiArn.TryRead(text) is not { } arn || arn.Region != request.Region)
            throw ApiErrors.Bad("Invalid resource ARN specified").AsException();
        if (api is null || api.AccountId != request.AccountId || api.Region != request.Region)
            throw ApiErrors.NotFound($"Invalid resource identifier specified: {text}").AsException();
        return (api, arn.Stage is null ? null : StageRules.Find(api, arn.Stage));
    }
}

/// <summary><c>arn:aws:apigateway:REGION::/apis/ID</c>, perhaps with <c>/stages/NAME</c>.</summary>
readonly record struct ApiArn(string Region, string ApiId, string? Stage)
{
    public static ApiArn? TryRead(string text)
    {
        if (text.Split(':', 6) is not ["arn", _, "apigateway", var region, "", var rest])
            return null;
        return rest.Split('/') switch
        {
            ["", "apis", var id] => new ApiArn(region, id, null),
            ["", "apis", var id, "stages", var stage] => new ApiArn(region, id, stage),
            _ => null,
        };
    }
}

/// <summary>APIs as authorization sees them: tags, and no policies.</summary>
sealed class JudgedApi(HttpApiCatalog catalog) : IJudgedResource
{
    public string Service => "apigateway";

    /// <summary>The last part of the ARN begins with the slash of a path.</summary>
    public string Kind => "";

    public IPolicyDocument? PolicyOf(string arn) => null;

    public IReadOnlyDictionary<string, string>? TagsOf(string arn)
    {
        var parts = arn.Split(':', 6)[^1].Split('/');
        return parts is ["", "apis", var id, ..] && catalog.Find(id) is { } api
            ? parts is [_, _, _, "stages", var name, ..] ? api.Stages.FirstOrDefault(stage => stage.StageName == name)?.Tags : api.Tags
            : null;
    }
}
