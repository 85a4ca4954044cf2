using System.Text;

namespace Pilotlight.Testing;

/// <summary>Makes execution roles on a running platform, as a user does: through IAM.</summary>
public static class ExecutionRole
{
    const string Trust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    /// <summary>A role that may write logs; nothing when there is one of the name.</summary>
    public static async Task MakeAsync(SignedClient client, string name)
    {
        var created = await SendAsync(client, $"Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={Uri.EscapeDataString(Trust)}");
        if (!created.Contains("<Arn>", StringComparison.Ordinal) && !created.Contains("EntityAlreadyExists", StringComparison.Ordinal))
            throw new InvalidOperationException(created);
        await SendAsync(
            client, $"Action=AttachRolePolicy&RoleName={name}&PolicyArn={Uri.EscapeDataString("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")}");
    }

    static async Task<string> SendAsync(SignedClient client, string form)
    {
        using var answer = await client.SendAsync(
            "iam", HttpMethod.Post, "/", Encoding.ASCII.GetBytes($"{form}&Version=2010-05-08"), ("Content-Type", "application/x-www-form-urlencoded"));
        return await answer.Content.ReadAsStringAsync();
    }
}
