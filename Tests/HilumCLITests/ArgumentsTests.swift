import HilumCLI
import Testing

private let options = [Option("json", help: ""), Option("server", "ADDRESS", help: ""), Option("n", "N", help: "")]

@Suite struct ArgumentsTests {
    @Test func `options and operands may stand in any order`() throws {
        let arguments = try Arguments(["a", "--json", "b", "--server", "x", "--n=7"], options: options)
        #expect(arguments.operands == ["a", "b"])
        #expect(arguments.has("json"))
        #expect(arguments.value("server") == "x")
        #expect(try arguments.integer("n", in: 1...9) == 7)
    }

    @Test func `after two dashes everything is an operand`() throws {
        let arguments = try Arguments(["--json", "--", "--json", "-x"], options: options)
        #expect(arguments.operands == ["--json", "-x"])
    }

    @Test func `the last value wins and may be empty or hold an equals sign`() throws {
        let arguments = try Arguments(["--server=a", "--server=b=c"], options: options)
        #expect(arguments.value("server") == "b=c")
        #expect(try Arguments(["--server="], options: options).value("server") == "")
    }

    @Test(arguments: [
        (["--nosuch"], "unknown option --nosuch"), (["-v"], "unknown option -v"),
        (["--server"], "--server needs a value: ADDRESS"), (["--json=1"], "--json takes no value"),
    ])
    func `a wrong option names itself`(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try Arguments(arguments, options: options) }
    }

    @Test(arguments: ["0", "10", "x", "", "99999999999999999999"])
    func `a number out of range names its range`(text: String) throws {
        let arguments = try Arguments(["--n", text], options: options)
        #expect(throws: UsageError("--n \(text): a number from 1 to 9 expected")) {
            try arguments.integer("n", in: 1...9)
        }
    }

    @Test func `missing and superfluous operands are refused`() throws {
        #expect(throws: UsageError("FILE is missing")) { try Arguments([], options: []).atLeastOneOperand("FILE") }
        #expect(throws: UsageError("unexpected argument a")) { try Arguments(["a"], options: []).noOperands() }
    }
}
