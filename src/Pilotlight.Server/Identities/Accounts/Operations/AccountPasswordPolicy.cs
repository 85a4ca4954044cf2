using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html</summary>
static class UpdateAccountPasswordPolicy
{
    public static QueryModel Model { get; } = new(
        Optional("MinimumPasswordLength", MinimumPasswordLength), Optional("RequireSymbols", IamShapes.Flag), Optional("RequireNumbers", IamShapes.Flag),
        Optional("RequireUppercaseCharacters", IamShapes.Flag), Optional("RequireLowercaseCharacters", IamShapes.Flag),
        Optional("AllowUsersToChangePassword", IamShapes.Flag), Optional("MaxPasswordAge", MaxPasswordAge),
        Optional("PasswordReusePrevention", PasswordReusePrevention), Optional("HardExpiry", IamShapes.Flag));

    /// <summary>What is not given takes its default, whatever it was before.</summary>
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change => change.Set(change.Account.Settings with
    {
        PasswordPolicy = new PasswordPolicy
        {
            MinimumLength = request.Number("MinimumPasswordLength") ?? 6,
            RequireSymbols = request.Flag("RequireSymbols") ?? false,
            RequireNumbers = request.Flag("RequireNumbers") ?? false,
            RequireUppercase = request.Flag("RequireUppercaseCharacters") ?? false,
            RequireLowercase = request.Flag("RequireLowercaseCharacters") ?? false,
            AllowUsersToChange = request.Flag("AllowUsersToChangePassword") ?? false,
            MaxAgeDays = request.Number("MaxPasswordAge"),
            ReusePrevention = request.Number("PasswordReusePrevention"),
            HardExpiry = request.Flag("HardExpiry"),
        },
    }));
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html</summary>
static class GetAccountPasswordPolicy
{
    public static ValueTask<AwsResult> Handle(IamRequest request)
    {
        var policy = Find(request.Account);
        return request.Answer(xml => xml.Structure("PasswordPolicy", xml =>
        {
            xml.Number("MinimumPasswordLength", policy.MinimumLength);
            xml.Flag("RequireSymbols", policy.RequireSymbols);
            xml.Flag("RequireNumbers", policy.RequireNumbers);
            xml.Flag("RequireUppercaseCharacters", policy.RequireUppercase);
            xml.Flag("RequireLowercaseCharacters", policy.RequireLowercase);
            xml.Flag("AllowUsersToChangePassword", policy.AllowUsersToChange);
            xml.Flag("ExpirePasswords", policy.MaxAgeDays is not null);
            xml.Number("MaxPasswordAge", policy.MaxAgeDays);
            xml.Number("PasswordReusePrevention", policy.ReusePrevention);
            xml.Flag("HardExpiry", policy.HardExpiry);
        }));
    }

    public static PasswordPolicy Find(Account account) => account.Settings.PasswordPolicy
        ?? throw IamErrors.NoSuch($"The Password Policy with domain name {account.Id} cannot be found.").AsException();
}

/// <summary>https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html</summary>
static class DeleteAccountPasswordPolicy
{
    public static ValueTask<AwsResult> Handle(IamRequest request) => request.ChangeAsync(change =>
    {
        GetAccountPasswordPolicy.Find(change.Account);
        change.Set(change.Account.Settings with { PasswordPolicy = null });
    });
}
