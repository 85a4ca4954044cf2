using System.Text;
using System.Text.RegularExpressions;

namespace Pilotlight.Cli;

/// <summary>What the commands need of IAM: a role for functions that were given none.</summary>
sealed partial class IamClient(PlatformClient platform)
{
    const string RoleName = "lambda-role";
    const string LogPolicy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

    const string Trust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    /// <summary>The ARN of the role <c>lambda-role</c> of the caller's account, which may write logs; made when there is none.</summary>
    public async Task<string> DefaultRoleAsync(CancellationToken cancellation)
    {
        try
        {
            return Arn(await SendAsync(cancellation, ("Action", "GetRole"), ("RoleName", RoleName)));
        }
        catch (RefusedException refused) when (refused.Code == "NoSuchEntity")
        {
            // Made below.
        }

        var created = await SendAsync(
            cancellation, ("Action", "CreateRole"), ("RoleName", RoleName), ("AssumeRolePolicyDocument", Trust),
            ("Description", "Made by pilotlight for functions that were given no role"));
        await SendAsync(cancellation, ("Action", "AttachRolePolicy"), ("RoleName", RoleName), ("PolicyArn", LogPolicy));
        return Arn(created);
    }

    async Task<string> SendAsync(CancellationToken cancellation, params (string Name, string Value)[] form)
    {
        var body = string.Join('&', form.Append(("Version", "2010-05-08")).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"));
        var answer = await platform.SendAsync(
            "iam", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body), cancellation, ("Content-Type", "application/x-www-form-urlencoded"));
        return Encoding.UTF8.GetString(answer.Body);
    }

    static string Arn(string xml) => ArnElement().Match(xml) is { Success: true } found
        ? found.Groups[1].Value
        : throw new CliException(ExitCode.Refused, "the platform answered without the role's ARN");

    [GeneratedRegex("<Arn>([^<]+)</Arn>")]
    private static partial Regex ArnElement();
}
