namespace Pilotlight.RuntimeSupport;

/// <summary>A handler string in its three parts: Assembly::Namespace.Type::Method.</summary>
readonly record struct HandlerName(string Assembly, string Type, string Method)
{
    public static HandlerName Parse(string handler)
    {
        if (string.IsNullOrWhiteSpace(handler)) throw LambdaValidationException.EmptyHandler();
        // Three parts: a method given by its whole signature may hold more colons.
        var parts = handler.Split("::", 3);
        if (parts.Length != 3) throw LambdaValidationException.InvalidHandler(handler);
        var name = new HandlerName(parts[0].Trim(), parts[1].Trim(), parts[2].Trim());
        if (name.Assembly.Length == 0) throw LambdaValidationException.MissingPart(handler, "assembly");
        if (name.Type.Length == 0) throw LambdaValidationException.MissingPart(handler, "type");
        if (name.Method.Length == 0) throw LambdaValidationException.MissingPart(handler, "method");
        return name;
    }
}
