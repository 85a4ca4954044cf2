using Pilotlight.Iam;

namespace Pilotlight.Iam.Tests;

/// <summary>Principals, policies and requests in few words.</summary>
static class Ask
{
    public const string Account = "000000000000";
    public const string Other = "111122223333";
    public const string Function = $"arn:aws:lambda:us-east-1:{Account}:function:f";

    public static readonly Principal Root = new() { Kind = PrincipalKind.Root, AccountId = Account, Arn = $"arn:aws:iam::{Account}:root", UserId = Account };

    public static Principal User(string name = "alice", string account = Account) => new()
    {
        Kind = PrincipalKind.User,
        AccountId = account,
        Arn = $"arn:aws:iam::{account}:user/{name}",
        UserId = "AIDAALICEALICEALICE1",
        UserName = name,
    };

    public static Principal Session(string role = "worker", string session = "s1", string account = Account) => new()
    {
        Kind = PrincipalKind.RoleSession,
        AccountId = account,
        Arn = $"arn:aws:sts::{account}:assumed-role/{role[(role.LastIndexOf('/') + 1)..]}/{session}",
        UserId = $"AROAWORKERWORKERWORK1:{session}",
        SessionOfArn = $"arn:aws:iam::{account}:role/{role}",
    };

    public static Principal Service(string name) => new() { Kind = PrincipalKind.Service, AccountId = "", Arn = name };

    public static AccessRequest Request(Principal principal, string action = "lambda:InvokeFunction", string resource = Function, IConditionKeys? keys = null) =>
        new() { Principal = principal, Action = action, Resource = resource, Context = keys ?? ConditionTable.Empty };

    /// <summary>A policy of these statements, each the inside of a JSON object in which ' stands for ".</summary>
    public static Policy Policy(PolicyKind kind, params string[] statements) =>
        Iam.Policy.Parse($$"""{"Version":"2012-10-17","Statement":[{{string.Join(",", statements.Select(text => $"{{{text.Replace('\'', '"')}}}"))}}]}""", kind, "test");

    public static Policy Identity(params string[] statements) => Policy(PolicyKind.Identity, statements);

    public static Policy Resource(params string[] statements) => Policy(PolicyKind.Resource, statements);

    public static PrincipalPolicies With(params string[] statements) => new() { Identity = [Identity(statements)] };

    public const string AllowAll = "'Effect':'Allow','Action':'*','Resource':'*'";
}
