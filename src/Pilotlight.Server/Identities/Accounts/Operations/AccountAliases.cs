using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html</summary>
static class CreateAccountAlias
{
    public static QueryModel Model { get; } = new(Required("AccountAlias", AccountAlias));

    /// <summary>An account has one alias; a new one takes the place of the old.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        var alias = request["AccountAlias"];
        if (request.Services.Accounts.All().Any(account => account.Settings.Alias == alias && account.Id != request.AccountId))
            throw IamErrors.Exists($"The account alias {alias} already exists.").AsException();
        change.Set(change.Account.Settings with { Alias = alias });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html</summary>
static class DeleteAccountAlias
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        if (change.Account.Settings.Alias != request["AccountAlias"])
            throw IamErrors.NoSuch($"The account alias {request["AccountAlias"]} cannot be found.").AsException();
        change.Set(change.Account.Settings with { Alias = null });
    });
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html</summary>
static class ListAccountAliases
{
    public static QueryModel Model { get; } = Listing();

    public static ValueTask<AwsResult> Handle(IamRequest request) => request.Answer(xml =>
    {
        xml.Texts("AccountAliases", request.Account.Settings.Alias is { } alias ? [alias] : []);
        xml.Flag("IsTruncated", false);
    });
}
