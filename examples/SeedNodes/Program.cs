using SeedNodesExample;

// One program for all members of a cluster; what a process is, its HOCON says.
try
{
    var arguments = NodeArguments.Parse(args);
    if (arguments is null)
        return NodeArguments.ShowHelp();
    await using var node = await Node.StartAsync(arguments);
    return await node.RunAsync();
}
catch (NodeException exception)
{
    Console.Error.WriteLine(exception.Message);
    return NodeException.BadConfiguration;
}
