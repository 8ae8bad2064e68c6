using Akka.ClusterAdapter.Server;
using Microsoft.Extensions.Options;

namespace Akka.ClusterAdapter.Gateway;

/// <summary>Refuses settings that cannot work when the application starts.</summary>
internal sealed class SocketIOGatewayOptionsValidator : IValidateOptions<SocketIOGatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, SocketIOGatewayOptions options)
    {
        if (!Enum.IsDefined(options.Policy))
            return ValidateOptionsResult.Fail($"Policy is {options.Policy}: it must be LeastConnections, RoundRobin or Random.");
        return options.ActivityTimeout > TimeSpan.Zero && options.ActivityTimeout <= TimeSpan.FromDays(1)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"ActivityTimeout is {options.ActivityTimeout}: it must be more than 0 and at most 1 day.");
    }
}
