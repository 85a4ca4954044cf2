using Pilotlight.Identities;

namespace Pilotlight.Testing;

/// <summary>The execution roles that tests give their functions, put into an account without a call of the API.</summary>
public static class TestRoles
{
    /// <summary>A test that needs a role of other rights or another name makes it itself, through IAM.</summary>
    static readonly string[] s_names = ["a", "conformance", "lambda-role", "other", "r", "role", "test", "worker"];

    const string Trust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    /// <summary>They may write logs, invoke functions and poll queues.</summary>
    public static Task PutAsync(AccountCatalog accounts, string accountId) => accounts.ChangeAsync(accountId, change =>
    {
        foreach (var name in s_names.Where(name => change.Account.Roles.Find(name) is null))
        {
            change.Put(new Role
            {
                AccountId = accountId,
                Id = $"AROA{name.ToUpperInvariant().Replace("-", "").PadRight(17, 'T')}",
                Name = name,
                CreatedAt = TimeProvider.System.GetUtcNow(),
                TrustPolicy = new PolicyText(Trust),
                AttachedPolicies =
                [
                    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
                    "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
                    "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
                ],
            });
        }
    });
}

/// <summary>What is in the first account when a test begins.</summary>
public enum RolesAtStart
{
    /// <summary>Those of <see cref="TestRoles"/>.</summary>
    ForFunctions,

    None,
}
