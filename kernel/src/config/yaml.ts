// All that this program uses of yaml, in one place: the build bundles the compiled form of this module.
export { isCollection, isMap, isScalar, parse, parseDocument } from 'yaml';
