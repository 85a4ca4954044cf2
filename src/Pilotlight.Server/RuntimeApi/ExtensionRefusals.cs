namespace Pilotlight.RuntimeApi;

/// <summary>Error answers of the Extensions, Telemetry and Logs APIs, in AWS's words (spec/runtime-api.md 3 to 5).</summary>
static class ExtensionRefusals
{
    public static RuntimeRefusal MissingIdentifier { get; } =
        new(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");

    public static RuntimeRefusal InvalidIdentifier { get; } = new(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");

    public static RuntimeRefusal UnknownIdentifier { get; } = new(403, "Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier");

    public static RuntimeRefusal EmptyName { get; } = new(403, "Extension.InvalidExtensionName", "Empty extension name");

    public static RuntimeRefusal RegistrationClosed { get; } =
        new(403, "Extension.RegistrationClosed", "Extension registration closed already");

    public static RuntimeRefusal NameTaken { get; } = new(403, "Extension.InvalidExtensionState", "Extension with this name already registered");

    public static RuntimeRefusal TooMany { get; } =
        new(403, "Extension.TooManyExtensions", $"Extension limit ({ExtensionSet.MaxExtensions}) reached");

    public static RuntimeRefusal MissingErrorType { get; } =
        new(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");

    public static RuntimeRefusal UnknownExtension(Guid identifier) =>
        new(403, "Extension.UnknownExtensionIdentifier", $"Unknown extension {identifier:D}");

    public static RuntimeRefusal InvalidEventType(string message) => new(403, "Extension.InvalidEventType", message);

    public static RuntimeRefusal InvalidFormat(string message) => new(403, "InvalidRequestFormat", message);

    /// <param name="who">The name when it registers, else the identifier.</param>
    public static RuntimeRefusal InvalidTransition(ExtensionState from, ExtensionState to, string who) => new(
        403, "Extension.InvalidExtensionState",
        $"State transition from {from} to {to} failed for extension {who}. Error: State transition is not allowed");

    public static RuntimeRefusal SubscriptionClosed(TelemetryApi api) =>
        new(403, $"{api}.SubscriptionClosed", $"{api} API subscription is closed already");

    public static RuntimeRefusal InvalidSubscription(TelemetryApi api, string message) => new(400, $"{api}.ValidationError", message);
}
