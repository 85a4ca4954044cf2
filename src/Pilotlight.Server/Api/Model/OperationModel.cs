namespace Pilotlight.Api;

public enum MemberLocation
{
    Body,
    Path,
    Query,
    Header,
}

/// <summary>One member of an operation's input, or of a structure in it.</summary>
public sealed record ModelMember(string Name, Shape Shape)
{
    public bool Required { get; init; }

    public MemberLocation Location { get; init; } = MemberLocation.Body;

    /// <summary>The name in the path template, the query string or the header.</summary>
    public string WireName { get; init; } = Name;

    /// <summary>How AWS writes the name in error messages: <c>functionName</c>, <c>kMSKeyArn</c>.</summary>
    public string ErrorName { get; } = char.ToLowerInvariant(Name[0]) + Name[1..];

    public static ModelMember Path(string name, Shape shape) => new(name, shape) { Location = MemberLocation.Path, Required = true };

    public static ModelMember Query(string name, Shape shape) => new(name, shape) { Location = MemberLocation.Query };

    public static ModelMember RequiredQuery(string name, string wireName, Shape shape) =>
        new(name, shape) { Location = MemberLocation.Query, Required = true, WireName = wireName };

    public static ModelMember Header(string name, string wireName, Shape shape) =>
        new(name, shape) { Location = MemberLocation.Header, WireName = wireName };

    public static ModelMember Body(string name, Shape shape) => new(name, shape);

    public static ModelMember RequiredBody(string name, Shape shape) => new(name, shape) { Required = true };
}

/// <summary>
/// The input of one operation. Members stand in the order in which AWS reports what is wrong with them, which for Lambda is
/// query before path (a bad qualifier is reported before a bad function name).
/// </summary>
public sealed class OperationModel(params IReadOnlyList<ModelMember> members)
{
    readonly bool _hasBody = members.Any(member => member.Location == MemberLocation.Body);

    public IReadOnlyList<ModelMember> Members { get; } = members;

    /// <summary>Null when the request is well formed; else a SerializationException or a ValidationException, as AWS words it.</summary>
    public AwsError? Validate(AwsRequest request)
    {
        var check = new ModelCheck();
        try
        {
            var body = _hasBody ? request.Json() : default;
            foreach (var member in Members)
            {
                if (member.Location == MemberLocation.Body)
                    check.Member(member, member.ErrorName, body);
                else if (member.Shape is ListShape list)
                    check.TextList(member, list, request.QueryAll(member.WireName));
                else
                    check.Text(member, TextOf(request, member));
            }
        }
        catch (AwsException refused)
        {
            return refused.Error;
        }
        catch (InvalidOperationException)
        {
            // JsonElement refuses to hand out text that is no Unicode.
            return AwsError.Serialization("Could not parse request body into json");
        }

        return check.Error;
    }

    static string? TextOf(AwsRequest request, ModelMember member) => member.Location switch
    {
        MemberLocation.Path => request.Path(member.WireName),
        // AWS takes "MaxItems=" for no MaxItems.
        MemberLocation.Query => request.Query(member.WireName) is { } text && (text.Length > 0 || member.Shape is not NumberShape) ? text : null,
        _ => request.Header(member.WireName),
    };
}
