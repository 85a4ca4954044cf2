using Pilotlight.Api;
using static Pilotlight.Identities.IamShapes;

namespace Pilotlight.Identities;

/// <summary>
/// Second factors, SSH keys, certificates and passwords do not exist here. The lists are empty and the passwords absent, which is what
/// Terraform's <c>force_destroy</c> asks for before it deletes a user.
/// </summary>
static class NoCredentials
{
    public static QueryModel ListModel { get; } = Listing(UserOperation.CallerOrUserName);

    public static QueryModel Model { get; } = new(UserOperation.CallerOrUserName);

    public static QueryModel ListAllModel { get; } = Listing();

    /// <summary>An empty list of a user that exists.</summary>
    public static ValueTask<AwsResult> List(IamRequest request, string name)
    {
        request.Account.FindUserOrCaller(request);
        return request.Page<string>(name, [], static item => item, static (_, _) => { });
    }

    /// <summary>An empty list of the account.</summary>
    public static ValueTask<AwsResult> ListAll(IamRequest request, string name) =>
        request.Page<string>(name, [], static item => item, static (_, _) => { });

    /// <summary><c>GetLoginProfile</c>, <c>DeleteLoginProfile</c></summary>
    public static ValueTask<AwsResult> LoginProfile(IamRequest request)
    {
        var user = request.Account.FindUserOrCaller(request);
        throw IamErrors.NoSuch($"Login Profile for User {user.Name} cannot be found.").AsException();
    }
}
