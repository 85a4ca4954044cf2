using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html</summary>
static class DecodeAuthorizationMessage
{
    public static QueryModel Model { get; } = new(RequiredBody("EncodedMessage", StsShapes.EncodedMessage));

    /// <summary>No service here encodes its refusals, so no message can be one of ours.</summary>
    public static ValueTask<AwsResult> Handle(AwsRequest request) =>
        (AwsResult)new AwsError(400, "InvalidAuthorizationMessageException", "The message is invalid. The message could not be decoded.");
}
