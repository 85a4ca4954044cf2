using System.Text.Json.Nodes;

namespace Pilotlight.Iam.Tests.Agreement;

/// <summary>
/// Cases over the whole language from a seed. Names are few and patterns are made from the request by small changes, so that statements
/// apply about as often as not.
/// </summary>
sealed class CaseGenerator(int seed)
{
    const string A = "111111111111";
    const string B = "222222222222";

    readonly Random _random = new(seed);

    static readonly (string Action, string Resource, string Owner)[] s_targets =
    [
        ("lambda:InvokeFunction", $"arn:aws:lambda:us-east-1:{A}:function:orders", A),
        ("lambda:InvokeFunction", $"arn:aws:lambda:us-east-1:{A}:function:orders:live", A),
        ("lambda:GetFunction", $"arn:aws:lambda:eu-west-1:{B}:function:orders-alice", B),
        ("lambda:PublishLayerVersion", $"arn:aws:lambda:us-east-1:{A}:layer:common", A),
        ("sqs:SendMessage", $"arn:aws:sqs:us-east-1:{A}:queue-blue", A),
        ("sqs:ReceiveMessage", $"arn:aws:sqs:us-east-1:{B}:queue-blue", B),
        ("sns:Publish", $"arn:aws:sns:us-east-1:{A}:topic", A),
        ("s3:GetObject", "arn:aws:s3:::bucket/alice/report*1.txt", A),
        ("s3:PutObject", "arn:aws:s3:::bucket/team/blue/a:b", B),
        ("s3:ListBucket", "arn:aws:s3:::bucket", A),
        ("logs:PutLogEvents", $"arn:aws:logs:us-east-1:{A}:log-group:/aws/lambda/orders:log-stream:2025/01/01/[$LATEST]ab", A),
        ("dynamodb:GetItem", $"arn:aws:dynamodb:us-east-1:{A}:table/orders", A),
        ("events:PutEvents", $"arn:aws:events:us-east-1:{A}:event-bus/default", A),
    ];

    static readonly Principal s_root = new() { Kind = PrincipalKind.Root, Arn = $"arn:aws:iam::{A}:root", AccountId = A, UserId = A };

    static readonly Principal[] s_principals =
    [
        User("alice", A), User("alice", A, "/team/blue/"), User("bob", B), Session("worker", "s1", A), Session("worker", "s2", A, "/service/"), Session("worker", "s1", B),
        Federated("alice", A), Federated("alice", B),
        new() { Kind = PrincipalKind.Service, Arn = "s3.amazonaws.com", AccountId = "" },
        new() { Kind = PrincipalKind.Service, Arn = "sns.amazonaws.com", AccountId = "" },
        Principal.Anonymous, s_root, Session("AWSServiceRoleForX", "s1", A, "/aws-service-role/x.amazonaws.com/"),
    ];

    static readonly string[] s_principalNames =
    [
        A, B, $"arn:aws:iam::{A}:root", $"arn:aws:iam::{B}:root", $"arn:aws:iam::{A}:user/alice", $"arn:aws:iam::{A}:user/team/blue/alice", $"arn:aws:iam::{B}:user/bob",
        $"arn:aws:iam::{A}:role/worker", $"arn:aws:iam::{A}:role/service/worker", $"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", $"arn:aws:iam::{B}:role/worker", $"arn:aws:sts::{A}:assumed-role/worker/s1",
        $"arn:aws:sts::{A}:assumed-role/worker/s2", $"arn:aws:sts::{B}:assumed-role/worker/s1", $"arn:aws:sts::{A}:federated-user/alice", $"arn:aws:iam::{A}:user/carol",
    ];

    static readonly string[] s_texts = ["blue", "Blue", "red", "blue-1", "", "a*b", "alice", "bl?e", "o-1", "${x}", "$"];
    static readonly string[] s_textPatterns = ["*", "b*", "?lue", "BLUE", "*u*", "blue?1", "${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/none, 'blue'}", "a${*}b", "${$}{x}", "*${aws:username}*", "bl${?}e", "${aws:missing}"];
    static readonly string[] s_numbers = ["0", "1", "10", "10.0", "10.5", "-3", "1000000000000"];
    static readonly string[] s_dates = ["2024-01-01T00:00:00Z", "2024-06-30T12:00:00Z", "2024-06-30T14:00:00+02:00", "2025-12-31T23:59:59Z", "2024-06-30", "1719748800"];
    static readonly string[] s_addresses = ["203.0.113.7", "203.0.113.200", "10.1.2.3", "2001:db8::1", "2001:db8:0:1::9"];
    static readonly string[] s_ranges = ["203.0.113.0/24", "203.0.113.0/25", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.7", "203.0.113.7/32", "2001:db8::/32", "2001:db8:0:1::/64", "::/0"];
    static readonly string[] s_arns = [$"arn:aws:s3:::bucket", $"arn:aws:lambda:us-east-1:{A}:function:orders", $"arn:aws:sns:us-east-1:{B}:topic:x", $"arn:aws:iam::{A}:role/worker", $"arn:aws:iam::{A}:user/alice"];
    static readonly string[] s_arnPatterns = ["arn:aws:s3:::*", "arn:aws:s3:::b?cket", $"arn:aws:lambda:*:{A}:function:*", "arn:aws:*:us-*-1:*:*", "arn:aws:sns:us-east-1:*:topic", "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/${aws:username}", "arn:*:sns:*:*:t*x", "*"];
    static readonly string[] s_bytes = ["AQID", "AQIDBA==", "/+8="];

    /// <summary>Keys by what their values are.</summary>
    static readonly (string Key, string Type)[] s_keys =
    [
        ("aws:PrincipalTag/team", "text"), ("aws:RequestTag/team", "text"), ("aws:ResourceTag/team", "text"), ("aws:username", "text"), ("aws:PrincipalOrgID", "text"),
        ("aws:PrincipalType", "type"), ("aws:PrincipalAccount", "account"), ("aws:SourceAccount", "account"), ("s3:max-keys", "number"), ("aws:MultiFactorAuthAge", "number"),
        ("aws:CurrentTime", "date"), ("aws:TokenIssueTime", "date"), ("aws:SecureTransport", "bool"), ("aws:MultiFactorAuthPresent", "bool"), ("aws:PrincipalIsAWSService", "bool"),
        ("aws:SourceIp", "ip"), ("aws:SourceArn", "arn"), ("aws:PrincipalArn", "arn"), ("lambda:FunctionArn", "arn"), ("test:digest", "bytes"),
        ("aws:TagKeys", "texts"), ("lambda:Layer", "arns"),
    ];

    static readonly string[] s_listKeys = ["aws:TagKeys", "lambda:Layer"];

    public AgreementCase Next()
    {
        var isTrust = Chance(8);
        var (action, resource, owner) = isTrust ? ("sts:AssumeRole", $"arn:aws:iam::{A}:role/target", A) : Pick(s_targets);
        var principal = Pick(s_principals);
        var hasAccount = principal.AccountId.Length > 0;
        var keys = new Dictionary<string, string>();
        var lists = new Dictionary<string, string[]>();
        foreach (var (key, type) in s_keys)
        {
            if (!Chance(2) || key.StartsWith("aws:Principal", StringComparison.Ordinal) || key == "aws:username")
                continue;
            if (s_listKeys.Contains(key))
                lists[key] = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Value(type))];
            else
                keys[key] = Value(type);
        }

        if (Chance(2) && hasAccount)
            principal = principal with { Tags = Principal.TagTable([KeyValuePair.Create("team", Pick(s_texts)), KeyValuePair.Create("Cost", "1")]), OrganizationId = Chance(2) ? "o-1" : null };
        _target = (action, resource, principal);
        return new AgreementCase
        {
            Principal = principal,
            Action = action,
            Resource = resource,
            Owner = owner,
            Keys = keys,
            Lists = lists,
            Identity = hasAccount ? [.. Enumerable.Range(0, _random.Next(0, 4)).Select(_ => Document("none"))] : [],
            Boundary = hasAccount && principal.Kind is not (PrincipalKind.FederatedUser or PrincipalKind.Root) && Chance(4) ? Document("none") : null,
            Session = principal.Kind is PrincipalKind.RoleSession or PrincipalKind.FederatedUser && Chance(3) ? Document("none") : null,
            ResourcePolicy = isTrust ? Document("trust") : Chance(2) ? Document("resource") : null,
            ResourcePolicyKind = isTrust ? PolicyKind.Trust : PolicyKind.Resource,
            ServiceControl = hasAccount && Chance(5) ? Levels("none") : [],
            ResourceControl = principal.Kind != PrincipalKind.Anonymous && Chance(7) ? Levels("everyone") : [],
        };
    }

    (string Action, string Resource, Principal Principal) _target;

    IReadOnlyList<IReadOnlyList<string>> Levels(string principals) =>
        [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => (IReadOnlyList<string>)
            [Statement(principals, "Allow", everything: !Chance(6)), .. Enumerable.Range(0, _random.Next(0, 2)).Select(_ => Document(principals))])];

    string Statement(string principals, string effect, bool everything)
    {
        var statement = new JsonObject { ["Effect"] = effect, ["Action"] = everything ? "*" : Action(), ["Resource"] = everything ? "*" : ResourcePattern() };
        if (principals == "everyone")
            statement["Principal"] = "*";
        return new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = statement }.ToJsonString();
    }

    string Document(string principals)
    {
        var document = new JsonObject();
        if (!Chance(20))
            document["Version"] = "2012-10-17";
        else if (Chance(2))
            document["Version"] = "2008-10-17";
        var statements = new JsonArray();
        for (var count = _random.Next(1, 4); count > 0; count--)
            statements.Add((JsonNode)Statement(principals));
        document["Statement"] = statements.Count == 1 && Chance(2) ? statements[0]!.DeepClone() : statements;
        return document.ToJsonString();
    }

    JsonObject Statement(string principals)
    {
        var isDeny = Chance(4);
        var statement = new JsonObject { ["Effect"] = isDeny ? "Deny" : "Allow" };
        if (Chance(3))
            statement["Sid"] = $"S{_random.Next(1_000_000_000)}";
        var isTrust = principals == "trust";
        statement[!isTrust && Chance(8) ? "NotAction" : "Action"] = OneOrMany(isTrust ? TrustAction : Action);
        if (!isTrust && !(principals == "resource" && Chance(6)))
            statement[Chance(8) ? "NotResource" : "Resource"] = OneOrMany(ResourcePattern);
        if (principals == "everyone")
            statement["Principal"] = Chance(2) ? "*" : new JsonObject { ["AWS"] = "*" };
        else if (principals != "none")
            statement[Chance(10) && (isDeny || !isTrust) ? "NotPrincipal" : "Principal"] = Principals();
        if (Chance(3))
            statement["Condition"] = Condition();
        return statement;
    }

    JsonNode Principals()
    {
        if (Chance(6))
            return "*";
        var principals = new JsonObject();
        if (!Chance(4) || _target.Principal.AccountId.Length > 0)
            principals["AWS"] = Chance(8) ? "*" : OneOrMany(() => Chance(3) ? OwnName() : Pick(s_principalNames));
        if (Chance(4) || principals.Count == 0)
            principals["Service"] = OneOrMany(() => Pick("s3.amazonaws.com", "sns.amazonaws.com", "lambda.amazonaws.com"));
        if (Chance(12))
            principals["Federated"] = $"arn:aws:iam::{A}:oidc-provider/token.example.com";
        if (Chance(20))
            principals["CanonicalUser"] = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
        return principals;
    }

    string OwnName() => _target.Principal switch
    {
        { SessionOfArn: { } of } when Chance(2) => of,
        { AccountId: { Length: > 0 } account } principal => Chance(4) ? account : principal.Arn,
        _ => A,
    };

    string TrustAction() => Pick("sts:AssumeRole", "sts:AssumeRole", "sts:*", "sts:TagSession", "sts:AssumeRole*", "STS:assumerole");

    string Action()
    {
        var action = _target.Action;
        var colon = action.IndexOf(':');
        return _random.Next(12) switch
        {
            0 => "*",
            1 => $"{action[..colon]}:*",
            2 => $"{action[..(colon + 1 + _random.Next(1, action.Length - colon))]}*",
            3 => $"{action[..colon]}:*{action[(colon + 1 + _random.Next(1, action.Length - colon - 1))..]}",
            4 => $"{action[..^1]}?",
            5 => action[..(colon + 1)] + action[(colon + 1)..].ToLowerInvariant(),
            6 => Pick(s_targets).Action,
            7 => $"{action}?",
            9 when Chance(8) => action.ToUpperInvariant(),
            8 => action[..colon] + action[colon..].Replace("e", "*", StringComparison.Ordinal),
            _ => action,
        };
    }

    string ResourcePattern()
    {
        var parts = _target.Resource.Split(':', 6);
        // IAM takes no wildcard in the kind of its own resources.
        var kind = parts[2] == "iam" ? parts[5].IndexOf('/') + 1 : 0;
        switch (_random.Next(20))
        {
            case 0 or 1 or 2 or 3:
                return "*";
            case 4:
                return _target.Resource.Contains('*') ? _target.Resource.Replace("*", "${*}", StringComparison.Ordinal) : _target.Resource;
            case 5:
                return Pick(s_targets).Resource;
            case 6:
                parts[3] = parts[3].Length > 0 ? "*" : "";
                break;
            case 7:
                parts[4] = parts[4].Length > 0 ? "*" : "";
                break;
            case 8:
                parts[5] = "*";
                break;
            case 9:
                parts[5] = parts[5][.._random.Next(Math.Max(1, kind), parts[5].Length)] + "*";
                break;
            case 10:
                parts[5] = parts[5][..^1] + "?";
                break;
            case 11:
                parts[5] = parts[5].Replace("alice", "${aws:username}", StringComparison.Ordinal);
                break;
            case 12:
                parts[5] = parts[5].Replace("blue", "${aws:PrincipalTag/team}", StringComparison.Ordinal);
                break;
            case 13:
                parts[5] = parts[5].Replace("blue", "${aws:PrincipalTag/team, 'blue'}", StringComparison.Ordinal);
                break;
            case 14:
                parts[4] = parts[4] == A ? B : A;
                break;
            case 15 when parts[5].LastIndexOfAny([':', '/']) is > 0 and var at:
                parts[5] = parts[5][..(at + 1)] + "*";
                break;
            case 16:
                return string.Join(':', parts.Take(parts[3].Length > 0 ? _random.Next(3, 6) : 3));
            case 17:
                parts[3] = parts[3].Replace("east", "*", StringComparison.Ordinal);
                break;
            case 19 when parts[5].LastIndexOf(':') is > 0 and var last && Chance(3):
                (parts[4], parts[5]) = ("*", parts[5][(last + 1)..].Replace("*", "${*}", StringComparison.Ordinal));
                break;
            case 18 when Chance(8):
                parts[3] = parts[3].ToUpperInvariant();
                break;
            case 18:
                parts[5] = parts[5][..kind] + parts[5][kind..].Replace("r", "?", StringComparison.Ordinal);
                break;
        }

        return string.Join(':', parts);
    }

    JsonObject Condition()
    {
        var condition = new JsonObject();
        for (var count = _random.Next(1, 3); count > 0; count--)
        {
            var (key, type) = Pick(s_keys);
            var name = Operator(type);
            if (condition[name] is not JsonObject block)
                condition[name] = block = [];
            var written = Chance(6) ? key.ToLowerInvariant() : key;
            if (!block.ContainsKey(key) && !block.ContainsKey(key.ToLowerInvariant()))
                block[written] = name == "Null" ? Pick("true", "false") : OneOrMany(() => Operand(name, type));
        }

        return condition;
    }

    string Operator(string type)
    {
        if (Chance(9))
            return "Null";
        var name = type switch
        {
            "number" => "Numeric" + Pick("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
            "date" => "Date" + Pick("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
            "bool" => "Bool",
            "ip" => Pick("IpAddress", "NotIpAddress"),
            "arn" or "arns" when !Chance(3) => "Arn" + Pick("Equals", "Like", "NotEquals", "NotLike"),
            "bytes" => "BinaryEquals",
            _ => "String" + Pick("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
        };
        if (type is "texts" or "arns" ? !Chance(6) : Chance(10))
            name = Pick("ForAllValues:", "ForAnyValue:") + name;
        return Chance(6) ? name + "IfExists" : name;
    }

    string Operand(string name, string type) => type switch
    {
        "ip" => Pick(s_ranges),
        "arn" or "arns" => name.Contains("Arn", StringComparison.Ordinal) ? Chance(2) ? Pick(s_arnPatterns) : Pick(s_arns) : Chance(2) ? Pick(s_textPatterns) : Pick(s_arns),
        "text" or "texts" or "type" or "account" => Chance(2) ? Pick(s_textPatterns) : Value(type),
        _ => Value(type),
    };

    string Value(string type) => type switch
    {
        "number" => Pick(s_numbers),
        "date" => Pick(s_dates),
        "bool" => Pick("true", "false", "True", "FALSE"),
        "ip" => Pick(s_addresses),
        "arn" or "arns" => Pick(s_arns),
        "bytes" => Pick(s_bytes),
        "account" => Pick(A, B),
        "type" => Pick("User", "AssumedRole", "Account", "FederatedUser", "Anonymous"),
        _ => Pick(s_texts),
    };

    JsonNode OneOrMany(Func<string> make)
    {
        var count = Chance(3) ? _random.Next(2, 4) : 1;
        if (count == 1 && !Chance(4))
            return make();
        return new JsonArray([.. Enumerable.Range(0, count).Select(_ => (JsonNode)make())]);
    }

    bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    T Pick<T>(params ReadOnlySpan<T> items) => items[_random.Next(items.Length)];

    static Principal User(string name, string account, string path = "/") => new()
    {
        Kind = PrincipalKind.User,
        AccountId = account,
        Arn = $"arn:aws:iam::{account}:user{path}{name}",
        UserName = name,
        UserId = "AIDACKCEVSQ6C2EXAMPLE",
    };

    static Principal Session(string role, string session, string account, string path = "/") => new()
    {
        Kind = PrincipalKind.RoleSession,
        AccountId = account,
        Arn = $"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        UserId = $"AROACKCEVSQ6C2EXAMPLE:{session}",
        SessionOfArn = $"arn:aws:iam::{account}:role{path}{role}",
    };

    static Principal Federated(string name, string account) => new()
    {
        Kind = PrincipalKind.FederatedUser,
        AccountId = account,
        Arn = $"arn:aws:sts::{account}:federated-user/{name}",
        UserId = $"{account}:{name}",
        SessionOfArn = $"arn:aws:iam::{account}:user/{name}",
    };
}
