export { STACK_VARIANTS, type StackVariant } from './recipe.ts';
export { openStack, type Report, type StackOptions, type Stacks } from './stack.ts';
export { openStackPackages } from './stack-packages.ts';
