using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

static class OidcProviderOperation
{
    public static ModelMember ProviderArn { get; } = Required("OpenIDConnectProviderArn", Arn);

    public static string ResourceOf(IamRequest request) => request["OpenIDConnectProviderArn"];

    public static OidcProvider FindProvider(this Account account, IamRequest request) =>
        account.OidcProviders.FirstOrDefault(provider => provider.Arn == request["OpenIDConnectProviderArn"])
            ?? throw IamErrors.NoSuch($"OpenIDConnect Provider not found for arn {request["OpenIDConnectProviderArn"]}").AsException();
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html</summary>
static class CreateOpenIDConnectProvider
{
    const int MaxProviders = 100;

    public const int MaxClientIds = 100;

    public const int MaxThumbprints = 5;

    public static QueryModel Model { get; } = new(
        Required("Url", ProviderUrl), Optional("ClientIDList", new ListShape(ClientId)), Optional("ThumbprintList", new ListShape(Thumbprint)),
        Optional("Tags", IamShapes.Tags));

    public static string ResourceOf(IamRequest request) => $"arn:aws:iam::{request.AccountId}:oidc-provider/{NameOf(request["Url"])}";

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        // Plain http is for an issuer on this machine: at AWS there is none, so it is no URL of AWS's that this lets in.
        if (!Uri.TryCreate(request["Url"], UriKind.Absolute, out var url) || url.Query.Length > 0 || url.Fragment.Length > 0
            || url.Scheme != "https" && !(url.Scheme == "http" && url.IsLoopback))
            throw IamErrors.Validation("Invalid Open ID Connect Provider URL").AsException();
        var provider = new OidcProvider
        {
            AccountId = request.AccountId,
            Id = $"arn:aws:iam::{request.AccountId}:oidc-provider/{NameOf(request["Url"])}",
            Name = NameOf(request["Url"]),
            IssuesOverHttp = url.Scheme == "http",
            CreatedAt = request.Now,
            ClientIds = request.Texts("ClientIDList"),
            Thumbprints = request.Texts("ThumbprintList"),
            Tags = request.Tags(),
        };
        if (provider.ClientIds.Count > MaxClientIds)
            throw IamErrors.Quota("ClientIdsPerOpenIdConnectProvider", MaxClientIds).AsException();
        if (provider.Thumbprints.Count > MaxThumbprints)
            throw IamErrors.InvalidInput("Thumbprint list must contain fewer than 5 entries.").AsException();
        return request.ChangeAsync(
            change =>
            {
                if (change.Account.OidcProviders.IsTaken(provider.Name))
                    throw IamErrors.Exists($"Provider with url {request["Url"]} already exists.").AsException();
                if (change.Account.OidcProviders.Count >= MaxProviders)
                    throw IamErrors.Quota("OpenIdConnectProvidersPerAccount", MaxProviders).AsException();
                change.Put(provider);
                return provider;
            },
            static (xml, provider) =>
            {
                xml.Text("OpenIDConnectProviderArn", provider.Arn);
                xml.Tags(provider.Tags);
            });
    }

    static string NameOf(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        return (start < 0 ? url : url[(start + 3)..]).TrimEnd('/');
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html</summary>
static class GetOpenIDConnectProvider
{
    public static QueryModel Model { get; } = new(OidcProviderOperation.ProviderArn);

    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var provider = request.Account.FindProvider(request);
        return request.Answer(xml =>
        {
            xml.Text("Url", provider.Name);
            xml.Texts("ClientIDList", provider.ClientIds);
            xml.Texts("ThumbprintList", provider.Thumbprints);
            xml.Date("CreateDate", provider.CreatedAt);
            xml.Tags(provider.Tags);
        });
    }
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html</summary>
static class DeleteOpenIDConnectProvider
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change => change.Remove(change.Account.FindProvider(request)));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html</summary>
static class ListOpenIDConnectProviders
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.Answer(xml => xml.List(
        "OpenIDConnectProviderList", request.Account.OidcProviders, static (xml, provider) => xml.Text("Arn", provider.Arn)));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html</summary>
static class AddClientIDToOpenIDConnectProvider
{
    public static QueryModel Model { get; } = new(OidcProviderOperation.ProviderArn, Required("ClientID", ClientId));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var provider = change.Account.FindProvider(request);
        if (provider.ClientIds.Contains(request["ClientID"]))
            return;
        if (provider.ClientIds.Count >= CreateOpenIDConnectProvider.MaxClientIds)
            throw IamErrors.Quota("ClientIdsPerOpenIdConnectProvider", CreateOpenIDConnectProvider.MaxClientIds).AsException();
        change.Put(provider with { ClientIds = [.. provider.ClientIds, request["ClientID"]] });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html</summary>
static class RemoveClientIDFromOpenIDConnectProvider
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var provider = change.Account.FindProvider(request);
        change.Put(provider with { ClientIds = [.. provider.ClientIds.Where(id => id != request["ClientID"])] });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html</summary>
static class UpdateOpenIDConnectProviderThumbprint
{
    public static QueryModel Model { get; } = new(OidcProviderOperation.ProviderArn, Required("ThumbprintList", new ListShape(Thumbprint)));

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        if (request.Texts("ThumbprintList").Count > CreateOpenIDConnectProvider.MaxThumbprints)
            throw IamErrors.InvalidInput("Thumbprint list must contain fewer than 5 entries.").AsException();
        change.Put(change.Account.FindProvider(request) with { Thumbprints = request.Texts("ThumbprintList") });
    });
}
