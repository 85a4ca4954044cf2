namespace Pilotlight.RuntimeSupport;

/// <summary>The handler is declared in a way that cannot be called. Its name is part of AWS's error payload.</summary>
sealed class LambdaValidationException(string message) : Exception(message)
{
    const string Format = "The valid format is 'ASSEMBLY::TYPE::METHOD'.";

    public static LambdaValidationException EmptyHandler() => new($"Empty lambda function handler. {Format}");

    public static LambdaValidationException InvalidHandler(string handler) => new($"Invalid lambda function handler: '{handler}'. {Format}");

    public static LambdaValidationException MissingPart(string handler, string part) =>
        new($"Invalid lambda function handler: '{handler}', the {part} is missing. {Format}");

    public static LambdaValidationException NoAssembly(string? file) =>
        new($"Could not find the specified handler assembly with the file name '{file}'. The assembly should be located in the root of your uploaded .zip file.");

    public static LambdaValidationException UnloadableAssembly(string assembly) => new($"Unable to load assembly '{assembly}'.");

    public static LambdaValidationException NoType(string type, string assembly) => new($"Unable to load type '{type}' from assembly '{assembly}'.");

    public static LambdaValidationException NoMethod(string method, string type, string assembly) =>
        new($"Unable to find method '{method}' in type '{type}' from assembly '{assembly}': Found no methods matching method name '{method}'.");

    public static LambdaValidationException Overloads(string method, string? type, IEnumerable<string> candidates) =>
        new($"The method '{method}' in type '{type}' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\n{string.Join('\n', candidates)}.");

    public static LambdaValidationException TooManyParameters(string method, string type) =>
        new($"Method '{method}' of type '{type}' is not supported: the method has more than 2 parameters.");

    public static LambdaValidationException SecondParameterIsNoContext(string method, string type) =>
        new($"Method '{method}' of type '{type}' is not supported: the method has 2 parameters, but the second parameter is not of type '{HandlerLoader.ContextType}'.");

    public static LambdaValidationException GenericType(string? type) =>
        new($"The type '{type}' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type.");

    public static LambdaValidationException AbstractType(string? method, string? type) =>
        new($"The instance method '{method}' cannot be used as a Lambda Handler because its type '{type}' is abstract. Please either use a static handler or specify a type that is not abstract.");

    public static LambdaValidationException NoClassOrStruct(string? type) =>
        new($"The type '{type}' cannot be used as a handler type since it is not a class or a struct. Please specify a handler method on a class or struct.");

    public static LambdaValidationException AbstractMethod(string? method) =>
        new($"The method '{method}' cannot be used as a Lambda Handler because it is an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.");

    public static LambdaValidationException GenericMethod(string? method) =>
        new($"The method '{method}' cannot be used as a Lambda Handler because it is a generic method. Handler methods cannot be generic. Please specify a non-generic handler method.");

    public static LambdaValidationException AsyncVoid(string? method) =>
        new($"The method '{method}' cannot be used as a Lambda Handler because it is an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'.");

    public static LambdaValidationException ParamsMethod(string? method) =>
        new($"The method '{method}' cannot be used as a Lambda Handler because it is a 'params' method. Please specify a method that does not use 'params'.");

    public static LambdaValidationException VarArgs(string? method) =>
        new($"The method '{method}' cannot be used as a Lambda Handler because it is a 'vararg (variable arguments)' method. Please specify a method that is not 'vararg'.");

    public static LambdaValidationException NoSerializer(string assembly, string method, string doing, Type? type) =>
        new($"Could not find the LambdaSerializerAttribute on the assembly '{assembly}' or method '{method}' while attempting to {doing} data of type '{type?.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with {Serializer.AttributeType}.");

    public static LambdaValidationException NoSerializerProperty(string? attribute) =>
        new($"The '{attribute}' class is invalid: no 'SerializerType' property detected.");

    public static LambdaValidationException WrongSerializerProperty(string? attribute) =>
        new($"The '{attribute}' class is invalid: 'SerializerType' property cannot be converted to type 'System.Type'.");

    public static LambdaValidationException SerializerNotSet(string? attribute) =>
        new($"The 'SerializerType' property on attribute class '{attribute}' is not set.");

    public static LambdaValidationException SerializerWithoutConstructor(string? serializer) =>
        new($"The indicated serializer '{serializer}' does not define a public zero-parameter constructor.");

    public static LambdaValidationException NoSerializerInterface(string? serializer) =>
        new($"The '{serializer}' class is invalid: it does not implement the 'ILambdaSerializer' interface.");

    public static LambdaValidationException SerializerShape(string? type, string reason) =>
        new($"The type '{type}' does not match the expected shape of '{Serializer.InterfaceType}': '{reason}'.");
}
