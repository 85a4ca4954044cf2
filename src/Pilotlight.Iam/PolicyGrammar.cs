namespace Pilotlight.Iam;

/// <summary>
/// What IAM refuses in a document. It looks several times: at the syntax of everything, at the version, at what its older parser
/// refuses, and then at what the elements say.
/// </summary>
static class PolicyGrammar
{
    public const string OldVersion = "2008-10-17";
    public const string NewVersion = "2012-10-17";

    public static PolicyError? Check(PolicyText document, PolicyKind kind)
    {
        if (!document.IsObject || document.Members.Any(member => member.Name is not ("Version" or "Id" or "Statement")))
            return PolicyError.Syntax;
        if (document["Version"] is { } version && (!version.IsString || version.Text is not (OldVersion or NewVersion)))
            return PolicyError.Syntax;
        if (document["Id"] is { IsString: false })
            return PolicyError.Syntax;
        if (document["Statement"] is not { } statement || statement is { IsObject: false, IsArray: false } || statement is { IsArray: true, Items.Count: 0 })
            return PolicyError.Syntax;
        var statements = statement.OneOrMany;
        if (statements.Any(text => !IsStatement(text)))
            return PolicyError.Syntax;
        if (kind == PolicyKind.Managed && document["Version"]?.Text != NewVersion)
            return PolicyError.WrongVersion;
        return First(statements, FailsLegacyParsing)
            ?? RepeatedSid(statements)
            ?? First(statements, text => Elements(text, kind))
            ?? First(statements, text => Resources(text, kind))
            ?? First(statements, text => Actions(text, kind))
            ?? First(statements, text => Principal(text, kind));
    }

    static PolicyError? First(IReadOnlyList<PolicyText> statements, Func<PolicyText, PolicyError?> check)
    {
        foreach (var statement in statements)
        {
            if (check(statement) is { } error)
                return error;
        }

        return null;
    }

    static bool IsStatement(PolicyText statement)
    {
        if (!statement.IsObject || statement["Effect"] is not { } effect)
            return false;
        if ((statement["Action"] is not null && statement["NotAction"] is not null)
            || (statement["Resource"] is not null && statement["NotResource"] is not null)
            || (statement["Principal"] is not null && statement["NotPrincipal"] is not null))
            return false;
        if (!effect.IsString || !(effect.Text.Equals("Allow", StringComparison.OrdinalIgnoreCase) || effect.Text.Equals("Deny", StringComparison.OrdinalIgnoreCase)))
            return false;
        return statement.Members.All(member => member.Name switch
        {
            "Effect" => true,
            "Sid" => member.Value.IsString,
            "Action" or "NotAction" or "Resource" or "NotResource" => AreStrings(member.Value),
            "Principal" or "NotPrincipal" => IsPrincipal(member.Value),
            "Condition" => IsCondition(member.Value),
            _ => false,
        });
    }

    static bool AreStrings(PolicyText value) => value.OneOrMany.All(item => item.IsString);

    static bool IsPrincipal(PolicyText value) => value.IsObject
        ? value.Members.Count > 0 && value.Members.All(member => member.Name is "AWS" or "Service" or "Federated" or "CanonicalUser" && AreStrings(member.Value))
        : value is { IsString: true, Text: "*" };

    static bool IsCondition(PolicyText value) => value.IsObject && value.Members.All(block =>
        block.Value.IsObject
        && (block.Value.Members.Count == 0 || ConditionOperator.TryParse(block.Name) is not null)
        && block.Value.Members.All(test => test.Value.OneOrMany.All(item => item.IsScalar)));

    static PolicyError? FailsLegacyParsing(PolicyText statement)
    {
        if (statement["Effect"]!.Text is not ("Allow" or "Deny"))
            return PolicyError.LegacyParsing;
        foreach (var (name, tests) in statement["Condition"]?.Members ?? [])
        {
            if (ConditionOperator.TryParse(name) is { Comparison: >= Comparison.DateEquals and <= Comparison.DateGreaterThanEquals }
                && tests.Members.Any(test => test.Value.OneOrMany.Any(value => ConditionTest.ReadDate(value.Text) is null)))
                return PolicyError.LegacyParsing;
        }

        return null;
    }

    static PolicyError? RepeatedSid(IReadOnlyList<PolicyText> statements)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return statements.Any(statement => statement["Sid"] is { Text.Length: > 0 } sid && !seen.Add(sid.Text)) ? PolicyError.DuplicateSid : null;
    }

    static PolicyError? Elements(PolicyText statement, PolicyKind kind)
    {
        var hasActions = (statement["Action"] ?? statement["NotAction"])?.OneOrMany.Count > 0;
        var hasResources = (statement["Resource"] ?? statement["NotResource"])?.OneOrMany.Count > 0;
        switch (kind)
        {
            case PolicyKind.Trust:
                if (statement.Members.FirstOrDefault(member => member.Name is "Resource" or "NotResource").Name is { } prohibited)
                    return PolicyError.Prohibited(prohibited);
                if (!hasActions)
                    return PolicyError.Required("Action");
                if (statement["NotPrincipal"] is not null && statement["Effect"]!.Text == "Allow")
                    return PolicyError.AllowWithNotPrincipal;
                return statement["Principal"] is null && statement["NotPrincipal"] is null ? PolicyError.Required("Principal") : null;
            case PolicyKind.Resource:
                if (!hasActions)
                    return PolicyError.Required("Action");
                return statement["Principal"] is null && statement["NotPrincipal"] is null ? PolicyError.Required("Principal") : null;
            case PolicyKind.ResourceControl:
                if (statement["NotPrincipal"] is not null)
                    return PolicyError.Prohibited("NotPrincipal");
                if (statement["Principal"] is not { } principal)
                    return PolicyError.Required("Principal");
                if (Principals(principal, out var error) is not { } named)
                    return error;
                if (named is not [{ Form: PrincipalForm.Everyone }])
                    return PolicyError.InvalidPrincipal("AWS", named.FirstOrDefault(pattern => pattern.Form != PrincipalForm.Everyone).Value);
                break;
            default:
                if (statement["Principal"] is not null || statement["NotPrincipal"] is not null)
                    return PolicyError.HasPrincipal;
                break;
        }

        if (!hasActions)
            return PolicyError.NoActions;
        return hasResources ? null : PolicyError.NoResources;
    }

    static PolicyError? Resources(PolicyText statement, PolicyKind kind)
    {
        foreach (var resource in (statement["Resource"] ?? statement["NotResource"])?.OneOrMany ?? [])
        {
            if (Resource(resource.Text) is { } error)
                return error;
            if (kind == PolicyKind.Session && resource.Text != "*" && Pattern.ColonsOutsideVariables(resource.Text) < Arn.SegmentCount - 1)
                return PolicyError.NoArn(resource.Text);
        }

        return null;
    }

    static PolicyError? Resource(string resource)
    {
        if (resource == "*")
            return null;
        var parts = resource.Split(':', Arn.SegmentCount);
        if (parts.Length < 2 || parts[0] != "arn")
            return PolicyError.NoArn(resource);
        if (!parts[1].Contains('*') && parts[1] is not ("aws" or "aws-cn" or "aws-us-gov"))
        {
            string Part(int index) => index < parts.Length && (parts[index].Length > 0 || parts.Length > 3) ? parts[index] : "*";
            return PolicyError.Partition(parts[1], $"arn:{parts[1]}:{Part(2)}:{Part(3)}:{Part(4)}:{Part(5)}");
        }

        if (parts.Length < 3)
            return PolicyError.UnqualifiedVendor;
        if (parts[2].Length == 0 || (parts.Length < Arn.SegmentCount && resource.Contains("::", StringComparison.Ordinal)))
            return PolicyError.LegacyParsing;
        var hasRegion = parts.Length > 3 && parts[3] is not ("" or "*");
        return parts[2] switch
        {
            "iam" when hasRegion => PolicyError.IamRegion(resource),
            "s3" when hasRegion => PolicyError.BucketRegion(resource),
            "iam" when parts.Length == Arn.SegmentCount && !IsIamPath(parts[5]) => PolicyError.IamPath,
            _ => null,
        };
    }

    internal static readonly string[] IamPaths =
    [
        "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/", "sms-mfa/",
        "saml-provider/", "oidc-provider/", "report/", "access-report/",
    ];

    static bool IsIamPath(string path) => path is "*" or "root" || IamPaths.Any(start => path.StartsWith(start, StringComparison.Ordinal));

    static PolicyError? Actions(PolicyText statement, PolicyKind kind)
    {
        foreach (var action in (statement["Action"] ?? statement["NotAction"])!.OneOrMany)
        {
            if (kind == PolicyKind.Trust && !IsAssumeRole(action.Text))
                return PolicyError.NotAssumeRole;
            if (action.Text == "*")
                continue;
            var parts = action.Text.Split(':');
            if (parts.Length == 1)
                return PolicyError.NoVendor;
            if (parts.Length > 2)
                return PolicyError.TwoColons;
            if (parts[0].Length == 0 || parts[0].Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.')))
                return PolicyError.InvalidVendor(parts[0]);
        }

        return null;
    }

    static readonly string[] s_assumeRoleActions =
    [
        "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext",
    ];

    static bool IsAssumeRole(string action)
    {
        if (!action.StartsWith("sts:", StringComparison.OrdinalIgnoreCase))
            return false;
        var pattern = Pattern.WithWildcards(action, VariableUse.Text);
        long work = 0;
        return s_assumeRoleActions.Any(known => pattern.Fits(known, ref work));
    }

    static PolicyError? Principal(PolicyText statement, PolicyKind kind)
    {
        if ((statement["Principal"] ?? statement["NotPrincipal"]) is not { } principal)
            return null;
        if (Principals(principal, out var error) is not { } patterns)
            return error;
        // A role can be assumed by services that exist; a resource's own service knows better whom it can be called by.
        return kind == PolicyKind.Trust && patterns.FirstOrDefault(pattern => pattern.Form == PrincipalForm.Service && !IsService(pattern.Value)) is { Value: not null } wrong
            ? PolicyError.InvalidPrincipal("SERVICE", wrong.Value)
            : null;
    }

    static bool IsService(string name) =>
        name.EndsWith(".amazonaws.com", StringComparison.Ordinal) || name.EndsWith(".amazonaws.com.cn", StringComparison.Ordinal)
        || name.EndsWith(".amazon.com", StringComparison.Ordinal) || name.EndsWith(".aws.internal", StringComparison.Ordinal);

    /// <summary>The entries of a Principal element; null, and why, when one cannot be.</summary>
    internal static List<PrincipalPattern>? Principals(PolicyText element, out PolicyError? error)
    {
        error = null;
        if (element.IsString)
            return [new PrincipalPattern(PrincipalForm.Everyone, "*")];
        var patterns = new List<PrincipalPattern>();
        foreach (var (type, values) in element.Members)
        {
            foreach (var value in values.OneOrMany)
            {
                if (PrincipalPattern.TryParse(type, value.Text) is not { } pattern)
                {
                    error = PolicyError.InvalidPrincipal(type == "AWS" ? type : type.ToUpperInvariant(), value.Text);
                    return null;
                }

                patterns.Add(pattern);
            }
        }

        return patterns;
    }
}
